# shellcheck shell=bash
# Whether the judge has teeth: one bug after the other is planted (domain::planted) and attacked with what it is weak
# against. Each has a city of its own on the same servers.
# shellcheck disable=SC2034 # what is set here is used by city.sh

# NAME|ATTACKS|EXPECTED: `caught` by the judge, `kept` where nothing is planted, or what in the database forbids the damage.
# The attacks are aimed at what the bug is weak against (adversary.py), so that it is not found by luck. What ends in
# `_and_no_wall` is planted with the wall in the database taken down that would hold all the same.
TEETH_PLANTS=(
    "none|kill,freeze,cut,rabbitmq,weather|kept"
    "no_fencing|sleep:dialer:before_post|caught"
    "no_dedupe|step:status-engine:committed|caught"
    "no_dedupe_and_no_wall|step:status-engine:committed|caught"
    "ack_before_commit|step:status-engine:decided|caught"
    "publish_without_confirm|cut,rabbitmq|caught"
    "unknown_is_redialled|storm:create_5xx_after|caught"
    "unknown_frees_its_line|storm:create_drop_connection|caught"
    "no_tenant_filter|kill|row-level security"
    "no_tenant_filter_and_no_wall|kill|caught"
    "status_goes_back|storm:reorder_callback|caught"
    "mark_lost|kill|caught"
    "server_time_zone|kill|caught"
    "history_skipped|kill|caught"
)
TEETH_MINUTES=0.3 TEETH_BUSINESSES=6 TEETH_SETTLE=12

# `show_teeth [NAME…]`: those, or all. 0 when each came out as expected.
show_teeth() {
    local plant name attacks expected outcome table=() failed=''
    for plant in "${TEETH_PLANTS[@]}"; do
        IFS='|' read -r name attacks expected <<<"$plant"
        (($# == 0)) || [[ " $* " == *" $name "* ]] || continue
        say "${BOLD}$name${RESET}"
        bite "$name" "$attacks" >"$LOG_DIR/teeth-$name.log" 2>&1
        outcome=$(what_came_of_it "$name" "$expected")
        [[ $outcome == "$expected"* ]] || failed=yes
        table+=("$(printf '  %-30s %-38s %s' "$name" "$expected" "$outcome")")
        note "$outcome"
    done
    say ""
    say "$(printf '  %-30s %-38s %s' 'planted' 'expected' 'found')"
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
    no_tenant_filter) statement="ALTER TABLE leads DISABLE ROW LEVEL SECURITY" ;;
    esac
    psql -X -q -v ON_ERROR_STOP=1 -c "$statement" "$DATABASE_ADMIN_URL"
}

what_came_of_it() {
    local name=$1 expected=$2 broken
    broken=$(python3 -c '
import json, sys
print("; ".join(f["promise"] for f in json.load(open(sys.argv[1]))["findings"] if f["wrong"]))' "$RUN_DIR/verdict.json")
    if [[ -n $broken ]]; then
        echo "caught: $broken"
    elif [[ $expected == row-level* ]]; then
        echo "row-level security hid every row"
    else
        echo kept
    fi
}
