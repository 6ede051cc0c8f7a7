# shellcheck shell=bash
# Whether the judge has teeth: one bug after the other is planted (domain::planted) and attacked with what it is weak
# against. Each has a city of its own on the same servers.
# shellcheck disable=SC2034 # what is set here is used by city.sh

# NAME|ATTACKS|EXPECTED: the promise that the judge must find broken (its first words), `kept` where nothing is planted, or what
# in the database forbids the damage. That something is found is not enough: what is lost also leaves work undone.
# The attacks are aimed at what the bug is weak against (adversary.py), so that it is not found by luck. What ends in
# `_and_no_wall` is planted with the wall in the database taken down that would hold all the same.
TEETH_PLANTS=(
    "none|kill,freeze,cut,rabbitmq,weather|kept"
    "no_fencing|sleep:dialer:before_post|every call of the carrier's is written down"
    "no_dedupe|step:status-engine:committed|no event waits for another try"
    "no_dedupe_and_no_wall|step:status-engine:committed|one trace of each conversation"
    "ack_before_commit|step:status-engine:decided|every suggestion was taken in"
    "publish_without_confirm|cut:rabbitmq|one decision per conversation"
    "unknown_is_redialled|storm:create_5xx_after|one phone rings at most once per attempt"
    "unknown_frees_its_line|storm:create_drop_connection|never more outbound calls in the air"
    "no_tenant_filter|kill|row-level security"
    "no_tenant_filter_and_no_wall|kill|another tenant's id is answered 404"
    "status_goes_back|storm:reorder_callback|no event waits for another try"
    "status_goes_back_and_no_wall|storm:reorder_callback|every ended call is accounted for"
    "mark_lost|kill|no event is left unpublished"
    "server_time_zone|kill|nobody is called outside the hours"
    "history_skipped|kill|a lead stands where its history ends"
)
TEETH_MINUTES=0.25 TEETH_BUSINESSES=5 TEETH_SETTLE=12

# `show_teeth [NAME…]`: those, or all. 0 when each came out as expected.
show_teeth() {
    local plant name attacks expected outcome from table=() failed=''
    for plant in "${TEETH_PLANTS[@]}"; do
        IFS='|' read -r name attacks expected <<<"$plant"
        (($# == 0)) || [[ " $* " == *" $name "* ]] || continue
        printf '%s▸%s %s … ' "$BLUE" "$RESET" "$name"
        from=$EPOCHREALTIME
        bite "$name" "$attacks" >"$LOG_DIR/teeth-$name.log" 2>&1
        outcome=$(what_came_of_it "$expected")
        [[ $outcome == "$expected"* ]] || failed=yes
        table+=("$(printf '  %-30s %-42s %s' "$name" "$expected" "$outcome")")
        say "$outcome $DIM$(seconds_since "$from")$RESET"
    done
    say ""
    say "$(printf '  %-30s %-42s %s' 'planted' 'expected' 'found')"
    printf '%s\n' "${table[@]}"
    [[ -z $failed ]]
}

# One bug, attacked. That the campaign fails is what is hoped for, so its status is not one of this function.
bite() {
    local name=$1 attacks=$2
    PLANTED=${name%_and_no_wall}
    start_city "$name"
    [[ $name != *_and_no_wall ]] || take_down_the_wall "$PLANTED"
    rm -f "$RUN_DIR/verdict.json"
    MINUTES=$TEETH_MINUTES BUSINESSES=$TEETH_BUSINESSES SETTLE=$TEETH_SETTLE ONLY=$attacks run_campaign || true
    services_stop_all
}

take_down_the_wall() {
    local statement
    case $1 in
    no_dedupe) statement="DROP INDEX idx_lead_status_events_idempotency" ;;
    status_goes_back) statement="ALTER TABLE call_log DROP CONSTRAINT ended_iff_terminal" ;;
    no_tenant_filter) statement="ALTER TABLE leads DISABLE ROW LEVEL SECURITY" ;;
    esac
    psql -X -q -v ON_ERROR_STOP=1 -c "$statement" "$DATABASE_ADMIN_URL"
}

# What was expected, when it is among what the judge found; else all of that, or that it found nothing.
what_came_of_it() {
    local expected=$1
    python3 -c '
import json, sys
verdict, expected = sys.argv[1:]
broken = [finding["promise"] for finding in json.load(open(verdict))["findings"] if finding["wrong"]]
if not broken:
    print(expected if expected.startswith("row-level") else "kept")
elif any(promise.startswith(expected) for promise in broken):
    print(expected, f"and {len(broken) - 1} more" if len(broken) > 1 else "")
else:
    print("only:", "; ".join(broken))' "$RUN_DIR/verdict.json" "$expected"
}
