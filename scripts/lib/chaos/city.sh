# shellcheck shell=bash
# The processes of a campaign: the servers, a proxy before them, the simulated carrier, five services. Uses demo_servers.sh.
# shellcheck disable=SC2034,SC2004 # what is set here is used there; LOGIN_URLS is declared there, by name

SERVICES=(api-gateway dialer recording-processor status-engine)
# As LOGIN_URLS, past the proxy.
declare -A DIRECT_URLS=()
TIME_SCALE=30
# What a service is told beside what all are told. Simulated calls last a second or two, so patience that real ones need is
# shortened; what the dialer waits before it gives a call up is still longer than what it waits before it must not dial.
CHAOS_SETTINGS=(
    CALLBOARD__LOG__FILTER=info
    CALLBOARD__DATABASE__POOL_SIZE=6
)
GATEWAY_SETTINGS=(
    CALLBOARD__LIMITS__REQUESTS_PER_MINUTE=0
    CALLBOARD__WHATSAPP__TICK_SECONDS=1
    CALLBOARD__CARRIER__FIRST_LOOK_SECONDS=5
)
DIALER_SETTINGS=(
    CALLBOARD__DIALER__CALLS_PER_SECOND=0
    CALLBOARD__DIALER__CLAIM_LEASE_SECONDS=6
    CALLBOARD__DIALER__STATUS_CHECK_SECONDS=3
    CALLBOARD__DIALER__SEARCH_SECONDS=1
    CALLBOARD__DIALER__ABSENT_AFTER_SECONDS=8
)
PROCESSOR_SETTINGS=(
    CALLBOARD__WORK__TICK_SECONDS=0.5
    CALLBOARD__WORK__LEASE_SECONDS=8
    CALLBOARD__WORK__RECORDING_WAIT_SECONDS=4
    CALLBOARD__WORK__RETRY_BASE_SECONDS=0.5
    CALLBOARD__WORK__RETRY_CAP_SECONDS=2
    CALLBOARD__WORK__BREAKER_REST_SECONDS=3
    CALLBOARD__WORK__STT_OUTAGE_SECONDS=20
    CALLBOARD__WORK__LLM_OUTAGE_SECONDS=10
    CALLBOARD__WORK__ATTEMPTS=12
)

# The servers outlive a city: a campaign has one, the teeth have one for each bug.
start_private_servers() {
    unset DATABASE_URL AMQP_URL
    on_exit postgres_stop
    step "Starting PostgreSQL" postgres_start durable
    on_exit rabbitmq_discard
    step "Starting RabbitMQ" rabbitmq_start
    on_exit services_stop_all
}

# `start_city NAME`: a database, a virtual host and processes of its own.
start_city() {
    local name=callboard_chaos_$1
    DATABASE_ADMIN_URL=$(urls with-database "$POSTGRES_URL" "$name")
    BROKER_URL=$(urls with-database "$RABBITMQ_URL" "$name")
    step "Creating a database and a virtual host" create_places "$name"
    step "Migrating the database" migrate
    step "Giving each service its login" give_logins
    step "Starting the services" start_services
}

create_places() {
    psql -X -q -c "CREATE DATABASE $1" "$POSTGRES_URL"
    curl -fsS -m 60 -X PUT "$RABBITMQ_MANAGEMENT_URL/api/vhosts/$1"
    rm -rf "${RUN_DIR:?}/media" && mkdir -m 700 "$RUN_DIR/media"
}

# Logins are the server's, not the database's.
give_logins() {
    local name
    if [[ -z ${DIRECT_URLS[dialer]:-} ]]; then
        create_logins
        for name in "${!LOGIN_URLS[@]}"; do DIRECT_URLS[$name]=${LOGIN_URLS[$name]}; done
    fi
    for name in "${!DIRECT_URLS[@]}"; do
        DIRECT_URLS[$name]=$(urls with-database "${DIRECT_URLS[$name]}" "${DATABASE_ADMIN_URL##*/}")
        LOGIN_URLS[$name]=${DIRECT_URLS[$name]}
    done
    OPERATOR_URL=${DIRECT_URLS[operator]}
}

start_services() {
    local ports service all=("${CHAOS_SETTINGS[@]}")
    [[ -z $PLANTED ]] || all+=(PLANTED_BUG="$PLANTED")
    read -ra ports < <(free_ports 10)
    GATEWAY_PORT=${ports[0]} GATEWAY_URL=http://127.0.0.1:${ports[0]}
    SIMULATOR_URL=http://127.0.0.1:${ports[1]}
    CONTROL_PORT=${ports[2]}
    SESSION_SECRET=$(random_secret 32)
    SIMULATOR_OPTIONS=(--seed "$SEED")
    start_proxy "${ports[2]}" "${ports[3]}" "${ports[4]}"
    start_simulator "${ports[1]}"
    launch_service api-gateway api-gateway "${ports[5]}" CALLBOARD__HTTP__BIND="127.0.0.1:$GATEWAY_PORT" \
        "${all[@]}" "${GATEWAY_SETTINGS[@]}"
    launch_service dialer dialer "${ports[6]}" "${all[@]}" "${DIALER_SETTINGS[@]}"
    launch_service dialer-2 dialer "${ports[7]}" "${all[@]}" "${DIALER_SETTINGS[@]}"
    launch_service recording-processor recording-processor "${ports[8]}" "${all[@]}" "${PROCESSOR_SETTINGS[@]}"
    launch_service status-engine status-engine "${ports[9]}" "${all[@]}"
    # The adversary kills them, which is no news to this shell.
    disown -a
    write_city
}

# From here on the services reach their servers through the proxy. The judge does not.
start_proxy() {
    local control=$1 postgres=$2 rabbitmq=$3 service
    service_record proxy python3 -B "$ROOT/scripts/lib/chaos/proxy.py" "$control" \
        "postgres=$postgres:$(urls port "$DATABASE_ADMIN_URL")" "rabbitmq=$rabbitmq:$(urls port "$BROKER_URL")"
    service_launch proxy
    # shellcheck disable=SC2016 # the inner shell expands it
    wait_for 10 "the proxy" bash -c 'exec 9<>"/dev/tcp/127.0.0.1/$1"' _ "$control"
    for service in "${SERVICES[@]}"; do
        LOGIN_URLS[$service]=$(urls with-port "${LOGIN_URLS[$service]}" "$postgres")
    done
    BROKER_URL=$(urls with-port "$BROKER_URL" "$rabbitmq")
}

# What campaign.py reads. There are passwords in it.
write_city() {
    local logins=() service
    for service in "${SERVICES[@]}"; do
        logins+=("$service" "${DIRECT_URLS[$service]}")
    done
    (
        umask 077
        python3 -c '
import json, sys
names = "gateway simulator management operator_url admin_url control_port run_dir log_dir bin seed".split()
city = dict(zip(names, sys.argv[1:]))
rest = sys.argv[1 + len(names):]
city["logins"] = dict(zip(rest[::2], rest[1::2]))
city["control_port"], city["seed"] = int(city["control_port"]), int(city["seed"])
print(json.dumps(city))' "$GATEWAY_URL" "$SIMULATOR_URL" "$RABBITMQ_MANAGEMENT_URL/api/queues/${BROKER_URL##*/}" "$OPERATOR_URL" \
            "$DATABASE_ADMIN_URL" "$CONTROL_PORT" "$RUN_DIR" "$LOG_DIR" "$BIN" "$SEED" "${logins[@]}" >"$RUN_DIR/city.json"
    )
}

# The attacks and the verdict; 0 when every promise was kept.
run_campaign() {
    local options=(--minutes "$MINUTES" --businesses "$BUSINESSES" --settle "$SETTLE")
    [[ -z $ONLY ]] || options+=(--only "$ONLY")
    python3 -B -u "$ROOT/scripts/lib/chaos/campaign.py" "$RUN_DIR/city.json" "${options[@]}"
}
