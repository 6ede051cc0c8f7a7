# shellcheck shell=bash
# The demo's two businesses: created by the operator's commands, like any other.

DEMO=$ROOT/crates/cli/demo

# `seed LEADS`: half of them of the Hebrew business, half of the English one. Writes the demo's state, demo.json.
seed() {
    local he=$((($1 + 1) / 2)) en=$(($1 / 2))
    install -d -m 700 "$RUN_DIR/media" "$RUN_DIR/seed"
    seed_business he "$he" "בית בטוח" +97233764100 --country IL --time-zone Asia/Jerusalem
    seed_business en "$en" "Brightside Home Services" +442079460100 --country GB --time-zone Europe/London
    python3 -B "$ROOT/scripts/lib/demo_state.py" "$RUN_DIR" "$DEMO" "$GATEWAY_URL" "$SIMULATOR_URL" "$CONCURRENCY"
}

# `seed_business LANGUAGE LEADS NAME CALLER OPTIONS…`; leaves what the commands answered, secrets included, in the run's
# own directory.
seed_business() {
    local language=$1 leads=$2 name=$3 caller=$4 dir=$RUN_DIR/seed/$1 id
    shift 4
    mkdir "$dir"
    callboard "$OPERATOR_URL" business create --name "$name" --language "$language" --caller-number "$caller" "$@" \
        --json >"$dir/business.json"
    id=$(python3 -c 'import json, sys; print(json.load(sys.stdin)["business_id"])' <"$dir/business.json")
    callboard "$OPERATOR_URL" user create --business "$id" --email "owner.$language@callboard.example" --role owner \
        --json >"$dir/user.json"
    callboard "$OPERATOR_URL" api-key create --business "$id" --name demo --json >"$dir/api_key.json"
    head -n $((leads + 1)) "$DEMO/leads.$language.csv" >"$dir/leads.csv"
    callboard "$OPERATOR_URL" leads import "$dir/leads.csv" --business "$id"
}
