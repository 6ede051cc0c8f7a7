# shellcheck shell=bash
# The demo's servers and processes: where the database and the broker are, who may do what there, what runs.
# shellcheck disable=SC2034 # what is set here is used by the scripts that source this
# Sets DATABASE_ADMIN_URL (whoever migrates), LOGIN_URLS[service], OPERATOR_URL, BROKER_URL, GATEWAY_URL, SIMULATOR_URL.

declare -A LOGIN_URLS=() PROBE_URLS=()
# What else the gateway and the simulator are told.
GATEWAY_SETTINGS=() SIMULATOR_OPTIONS=()
BIN=${CALLBOARD_BIN:-${CARGO_TARGET_DIR:-$ROOT/target}/debug}
CARRIER_ACCOUNT=AC$(random_secret 16)
CARRIER_TOKEN=$(random_secret 16)

urls() { python3 -B "$ROOT/scripts/lib/urls.py" "$@"; }

start_servers() {
    if [[ -n ${DATABASE_URL:-} ]]; then
        step "Taking a database of its own on the server of DATABASE_URL" take_database "$DATABASE_URL"
    else
        on_exit postgres_stop
        step "Starting PostgreSQL" postgres_start durable
        step "Creating a database" take_database "$POSTGRES_URL"
    fi
    if [[ -n ${AMQP_URL:-} ]]; then
        step "Taking a virtual host of its own on the broker of AMQP_URL" take_vhost "$AMQP_URL"
    else
        on_exit rabbitmq_discard
        step "Starting RabbitMQ" rabbitmq_start
        BROKER_URL=$RABBITMQ_URL
    fi
    # What a process may use, it is told; nothing is inherited.
    unset DATABASE_URL AMQP_URL
}

# A new database, so that the demo's dialer can never find leads that are somebody's.
take_database() {
    local database=callboard_demo_$$
    psql -X -q -c "CREATE DATABASE $database" "$1" ||
        die "the login of DATABASE_URL may not create a database; give one that may, or unset DATABASE_URL"
    on_exit drop_database "$1" "$database"
    DATABASE_ADMIN_URL=$(urls with-database "$1" "$database")
}

# The private server is thrown away as a whole; on another one, what the demo made goes.
drop_database() {
    local name
    [[ -z ${POSTGRES_URL:-} ]] || return 0
    psql -X -q -c "DROP DATABASE IF EXISTS $2 WITH (FORCE)" "$1"
    for name in "${!LOGIN_URLS[@]}"; do
        psql -X -q -c "DROP ROLE IF EXISTS $(login_of "$name")" "$1"
    done
}

take_vhost() {
    local vhost=callboard_demo_$$ management
    management=${AMQP_MANAGEMENT_URL:-$(urls management "$1")}
    curl -fsS -m 10 -X PUT "$management/api/vhosts/$vhost" ||
        die "the management API of AMQP_URL's broker cannot be used at ${management##*@}; set AMQP_MANAGEMENT_URL, or unset AMQP_URL"
    on_exit curl -fsS -m 10 -X DELETE "$management/api/vhosts/$vhost"
    BROKER_URL=$(urls with-database "$1" "$vhost")
}

# `callboard DATABASE_URL ARGUMENTS…` with exactly the surroundings that it needs.
callboard() {
    local url=$1
    shift
    clean_env DATABASE_URL="$url" AMQP_URL="$BROKER_URL" "$BIN/callboard" "$@"
}

clean_env() { env -i PATH="$PATH" HOME="$HOME" LANG=C.UTF-8 RUST_BACKTRACE=1 NO_COLOR=1 "$@"; }

migrate() { callboard "$DATABASE_ADMIN_URL" migrate; }

login_of() { echo "demo_$$_${1//-/_}"; }

# Each service signs in as itself and can do what its pen allows, no more; see migrations/*_pens_and_walls.
create_logins() {
    local service login password
    for service in "${SERVICES[@]}" operator; do
        login=$(login_of "$service")
        password=$(random_secret)
        # By standard input, so that no list of processes shows the password.
        psql -X -q -v ON_ERROR_STOP=1 "$DATABASE_ADMIN_URL" \
            <<<"CREATE USER $login PASSWORD '$password' IN ROLE callboard_${service//-/_};"
        LOGIN_URLS[$service]=$(urls with-login "$DATABASE_ADMIN_URL" "$login" "$password")
    done
    OPERATOR_URL=${LOGIN_URLS[operator]}
}

start_processes() {
    local ports service
    read -ra ports < <(free_ports 6)
    GATEWAY_PORT=8080
    port_is_free "$GATEWAY_PORT" || GATEWAY_PORT=${ports[5]}
    GATEWAY_URL=http://127.0.0.1:$GATEWAY_PORT
    SIMULATOR_URL=http://127.0.0.1:${ports[4]}
    SESSION_SECRET=$(random_secret 32)
    on_exit services_stop_all
    step "Starting the simulated carrier" start_simulator "${ports[4]}"
    local i=0
    for service in "${SERVICES[@]}"; do
        step "Starting $service" start_service "$service" "${ports[i]}"
        i=$((i + 1))
    done
}

start_simulator() {
    service_start simulator "$SIMULATOR_URL/livez" env -i PATH="$PATH" LANG=C.UTF-8 RUST_BACKTRACE=1 \
        TWILIO_ACCOUNT_SID="$CARRIER_ACCOUNT" TWILIO_AUTH_TOKEN="$CARRIER_TOKEN" \
        "$BIN/carrier-sim" --bind "127.0.0.1:$1" --time-scale "$TIME_SCALE" "${SIMULATOR_OPTIONS[@]}"
}

# `start_service SERVICE PROBES [NAME]`, with a name where there are several replicas.
start_service() {
    local service=$1 name=${3:-$1} own=()
    # Simulated calls last seconds, so the patience that real ones need would only be waited out after a --kill.
    case $service in
    api-gateway) own=(CALLBOARD__HTTP__BIND="127.0.0.1:$GATEWAY_PORT" "${GATEWAY_SETTINGS[@]}") ;;
    dialer)
        own=(
            CALLBOARD__DIALER__CALLS_PER_SECOND=0
            CALLBOARD__DIALER__CLAIM_LEASE_SECONDS=12
            CALLBOARD__DIALER__STATUS_CHECK_SECONDS=5
            CALLBOARD__DIALER__SEARCH_SECONDS=1
            CALLBOARD__DIALER__ABSENT_AFTER_SECONDS=10
        )
        ;;
    recording-processor)
        own=(
            CALLBOARD__WORK__TICK_SECONDS=0.5
            CALLBOARD__WORK__LEASE_SECONDS=15
            CALLBOARD__WORK__RECORDING_WAIT_SECONDS=5
            CALLBOARD__WORK__RETRY_BASE_SECONDS=1
        )
        ;;
    esac
    launch_service "$name" "$service" "$2" "${own[@]}"
}

# `launch_service NAME BINARY PROBES SETTING…`. One set of variables serves all services: a name that a service has no use
# for is passed over.
launch_service() {
    local name=$1 binary=$2 probes=$3
    shift 3
    PROBE_URLS[$name]=http://127.0.0.1:$probes
    service_start "$name" "${PROBE_URLS[$name]}/readyz" \
        env -i PATH="$PATH" HOME="$HOME" LANG=C.UTF-8 RUST_BACKTRACE=1 NO_COLOR=1 \
        CALLBOARD_ENV=development \
        DATABASE_URL="${LOGIN_URLS[$binary]}" \
        AMQP_URL="$BROKER_URL" \
        PUBLIC_HOST="$GATEWAY_URL" \
        TWILIO_ACCOUNT_SID="$CARRIER_ACCOUNT" \
        TWILIO_AUTH_TOKEN="$CARRIER_TOKEN" \
        TWILIO_API_BASE="$SIMULATOR_URL" \
        STT_BASE_URL="$SIMULATOR_URL/v1" \
        STT_API_KEY=unused \
        STT_MODEL=whisper-1 \
        MEDIA_URL="file://$RUN_DIR/media" \
        SESSION_SECRET="$SESSION_SECRET" \
        CALLBOARD__PROBES__BIND="127.0.0.1:$probes" \
        "$@" "$BIN/$binary"
}
