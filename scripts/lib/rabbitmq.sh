# shellcheck shell=bash
# A private RabbitMQ with its management API: `rabbitmq_start`, `rabbitmq_stop`. Sets RABBITMQ_URL and
# RABBITMQ_MANAGEMENT_URL (with the same user and password).

RABBITMQ_BIN=/usr/lib/rabbitmq/bin

rabbitmq_start() {
    # Debian's /usr/sbin/rabbitmq-server changes to another user and loses the environment; this is the real one.
    [[ -x $RABBITMQ_BIN/rabbitmq-server ]] || die "RabbitMQ is not installed: apt-get install rabbitmq-server"
    if [[ ! -f $RUN_DIR/rabbitmq.env ]]; then
        rabbitmq_create
    fi
    # shellcheck source=/dev/null
    . "$RUN_DIR/rabbitmq.env"
    process_is_alive "$RUN_DIR/rabbitmq.pid" && return
    rabbitmq_note_epmd before
    rm -f "$RUN_DIR/rabbitmq/pid"
    rabbitmq_set_env
    detached env "${RABBITMQ_ENV[@]}" "$RABBITMQ_BIN/rabbitmq-server" >>"$LOG_DIR/rabbitmq.log" 2>&1 &
    process_identity $! >"$RUN_DIR/rabbitmq-wrapper.pid"
    # A broker on a machine that is busy with something else needs more than a minute.
    wait_for 240 "RabbitMQ" rabbitmq_answers
    # The wrapper is a shell; this is the broker itself.
    process_identity "$(<"$RUN_DIR/rabbitmq/pid")" >"$RUN_DIR/rabbitmq.pid"
    rabbitmq_note_epmd after
}

rabbitmq_create() {
    local dir=$RUN_DIR/rabbitmq ports password user=callboard
    read -ra ports < <(free_ports 3)
    password=$(random_secret)
    mkdir -p "$dir"
    echo '[rabbitmq_management].' >"$dir/plugins"
    (
        umask 077
        cat >"$dir/rabbitmq.conf" <<CONF
default_user = $user
default_pass = $password
management.tcp.ip = 127.0.0.1
management.tcp.port = ${ports[2]}
# The defaults are shares of the whole machine.
vm_memory_high_watermark.absolute = 512MB
disk_free_limit.absolute = 200MB
log.file = false
log.console = true
log.console.level = warning
CONF
        cat >"$RUN_DIR/rabbitmq.env" <<ENV
RABBITMQ_AMQP_PORT=${ports[0]}
RABBITMQ_DIST_PORT=${ports[1]}
RABBITMQ_URL='amqp://$user:$password@127.0.0.1:${ports[0]}/%2f'
RABBITMQ_MANAGEMENT_URL='http://$user:$password@127.0.0.1:${ports[2]}'
ENV
    )
}

# The surroundings of this node. Without RABBITMQ_CONF_ENV_FILE the machine's own settings would be read; without the
# two Erlang arguments the distribution port and epmd would listen on every interface.
rabbitmq_set_env() {
    local dir=$RUN_DIR/rabbitmq
    RABBITMQ_ENV=(
        HOME="$dir"
        RABBITMQ_NODENAME="callboard-$RABBITMQ_AMQP_PORT@localhost"
        RABBITMQ_NODE_IP_ADDRESS=127.0.0.1
        RABBITMQ_NODE_PORT="$RABBITMQ_AMQP_PORT"
        RABBITMQ_DIST_PORT="$RABBITMQ_DIST_PORT"
        RABBITMQ_MNESIA_BASE="$dir/mnesia"
        RABBITMQ_LOG_BASE="$dir/log"
        RABBITMQ_GENERATED_CONFIG_DIR="$dir/config"
        RABBITMQ_ENABLED_PLUGINS_FILE="$dir/plugins"
        RABBITMQ_CONFIG_FILE="$dir/rabbitmq.conf"
        RABBITMQ_CONF_ENV_FILE=/dev/null
        RABBITMQ_PID_FILE="$dir/pid"
        RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="-kernel inet_dist_use_interface {127,0,0,1} +S 2:2 +sbwt none"
        ERL_EPMD_ADDRESS=127.0.0.1
    )
}

# The port opens a little before the broker is ready, so this shakes hands: the protocol header, answered by
# Connection.Start, whose frame begins with a 1. The management API follows a moment later.
rabbitmq_answers() {
    process_is_alive "$RUN_DIR/rabbitmq-wrapper.pid" || {
        echo "RabbitMQ ended while it was starting:" >&2
        tail -n 20 "$LOG_DIR/rabbitmq.log" >&2
        exit 1
    }
    [[ -s $RUN_DIR/rabbitmq/pid ]] || return 1
    local first
    # shellcheck disable=SC2016 # the inner shell expands it
    first=$(timeout 2 bash -c '
        exec 9<>"/dev/tcp/127.0.0.1/$1" || exit 1
        printf "AMQP\0\0\011\001" >&9
        head -c 1 <&9 | od -An -tu1' _ "$RABBITMQ_AMQP_PORT" 2>/dev/null) || return 1
    [[ ${first// /} == 1 ]] && curl -fsS -m 2 -o /dev/null "$RABBITMQ_MANAGEMENT_URL/api/overview" 2>/dev/null
}

# Ends a broker whose queues nobody will read again, which takes no time.
rabbitmq_discard() {
    process_signal "$RUN_DIR/rabbitmq.pid" KILL
    rabbitmq_stop
}

# Stops the broker and everything it started. TERM lets it write its queues; a broker that hangs is killed.
rabbitmq_stop() {
    process_stop "$RUN_DIR/rabbitmq.pid" 20
    process_stop "$RUN_DIR/rabbitmq-wrapper.pid" 5
    rabbitmq_stop_epmd
}

# Erlang's port mapper is shared by all of a machine's nodes and outlives them. When it was not there before our first
# broker, it is ours to end once no node is registered with it; otherwise it is left alone.
rabbitmq_note_epmd() {
    local pid
    pid=$(pgrep -x -u "$EUID" epmd | head -n 1) || true
    if [[ $1 == before ]]; then
        RABBITMQ_EPMD_BEFORE=$pid
    elif [[ -z $RABBITMQ_EPMD_BEFORE && -n $pid ]]; then
        process_identity "$pid" >"$LOCAL/run/epmd.pid"
    fi
}

rabbitmq_stop_epmd() {
    process_is_alive "$LOCAL/run/epmd.pid" || return 0
    # A node that has just ended stays registered for a moment.
    local deadline=$((SECONDS + 2))
    while epmd -names 2>/dev/null | grep -q '^name '; do
        ((SECONDS < deadline)) || return 0
        sleep 0.1
    done
    process_stop "$LOCAL/run/epmd.pid" 2
}
