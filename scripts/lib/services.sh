# shellcheck shell=bash
# Our own processes: `service_start NAME PROBE_URL COMMAND…`, `service_stop`, `service_kill`, `service_log_tail`.
# NAME.pid and NAME.command lie in the run's directory, NAME.log in its log directory. A process that ends with the
# script however the script ends: the kernel kills it when the shell that started it is gone.

service_start() {
    local name=$1 probe=$2
    shift 2
    service_record "$name" "$@"
    echo "$probe" >"$RUN_DIR/$name.probe"
    service_launch "$name"
    service_wait_ready "$name"
}

# What is started under this name, and stopped with the others.
service_record() {
    local name=$1
    shift
    # There are passwords in it.
    (umask 077 && printf '%s\0' "$@" >"$RUN_DIR/$name.command")
}

# Starts the recorded command, without waiting for it.
service_launch() {
    local name=$1 command=()
    mapfile -d '' -t command <"$RUN_DIR/$name.command"
    detached setpriv --pdeathsig KILL -- "${command[@]}" >>"$LOG_DIR/$name.log" 2>&1 &
    process_identity $! >"$RUN_DIR/$name.pid"
}

service_restart() {
    service_launch "$1"
    service_wait_ready "$1"
}

service_wait_ready() {
    local name=$1
    wait_for 60 "$name" service_is_ready "$name" || {
        service_log_tail "$name"
        return 1
    }
}

service_is_ready() {
    process_is_alive "$RUN_DIR/$1.pid" || {
        echo "$1 ended while it was starting:"
        service_log_tail "$1"
        exit 1
    }
    curl -fsS -m 2 -o /dev/null "$(<"$RUN_DIR/$1.probe")" 2>/dev/null
}

# TERM, and the time to finish what it is doing.
service_stop() { process_stop "$RUN_DIR/$1.pid" 15; }

# The way a machine fails: no warning at all.
service_kill() {
    process_signal "$RUN_DIR/$1.pid" KILL
    wait_gone "$RUN_DIR/$1.pid" 5
    rm -f "$RUN_DIR/$1.pid"
}

services_stop_all() {
    local file name
    for file in "$RUN_DIR"/*.command; do
        [[ -f $file ]] || continue
        name=$(basename "$file" .command)
        process_signal "$RUN_DIR/$name.pid" TERM
    done
    for file in "$RUN_DIR"/*.command; do
        [[ -f $file ]] || continue
        service_stop "$(basename "$file" .command)"
    done
}

service_log_tail() {
    echo "--- last lines of $LOG_DIR/$1.log"
    tail -n "${2:-25}" "$LOG_DIR/$1.log"
}

# The services that should run and do not, with the end of what they said.
services_report_dead() {
    local file name
    for file in "$RUN_DIR"/*.command; do
        [[ -f $file ]] || continue
        name=$(basename "$file" .command)
        process_is_alive "$RUN_DIR/$name.pid" || service_log_tail "$name" 40
    done
}

# What the services complained of, the last lines of each: a browser's failure says what it did not see, not why.
services_report_complaints() {
    local log complaints
    for log in "$LOG_DIR"/*.log; do
        complaints=$(grep -aE '^[^ ]+ +(WARN|ERROR) ' "$log" | tail -n 10) || true
        [[ -n $complaints ]] || continue
        printf -- '--- complaints in %s\n%s\n' "$log" "$complaints"
    done
}
