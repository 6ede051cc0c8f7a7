# shellcheck shell=bash
# What every script here shares: where things are, how a step is reported, how a run cleans up after itself.
# Sourced, never executed. A script that sources this file calls `run_begin NAME` before it starts anything.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
LOCAL=$ROOT/.local
export ROOT LOCAL
export PSQL_PAGER=cat # a pager would wait for a key

if [[ -t 1 && -z ${NO_COLOR:-} ]]; then
    BOLD=$'\e[1m' DIM=$'\e[2m' RED=$'\e[31m' GREEN=$'\e[32m' BLUE=$'\e[34m' RESET=$'\e[0m'
else
    BOLD='' DIM='' RED='' GREEN='' BLUE='' RESET=''
fi
export BOLD DIM RED GREEN BLUE RESET

say() { printf '%s\n' "$*"; }
note() { printf '  %s%s%s\n' "$DIM" "$*" "$RESET"; }
die() {
    printf '%s%s%s\n' "$RED" "$*" "$RESET" >&2
    exit 1
}

# Microseconds between two values of EPOCHREALTIME, as seconds with one digit.
seconds_since() {
    local from=${1/[.,]/} now=${EPOCHREALTIME/[.,]/}
    local tenths=$(((now - from + 50000) / 100000))
    printf '%d.%d s' $((tenths / 10)) $((tenths % 10))
}

# ── Steps ────────────────────────────────────────────────────────────────────────────────────────────────────────────
# `step TITLE COMMAND…` runs the command in this shell with its output in the run's log, and prints one line with the
# time it took. The command is deliberately not run inside a condition, so that `set -e` holds within it; when it fails
# the shell exits and `run_end` reports the step that was open.
STEP_TITLE=''
STEP_LOG=''
STEP_FROM=''

step() {
    STEP_TITLE=$1
    STEP_FROM=$EPOCHREALTIME
    STEP_LOG=$LOG_DIR/steps.log
    shift
    printf '%s▸%s %s … ' "$BLUE" "$RESET" "$STEP_TITLE"
    printf '\n==> %s\n' "$STEP_TITLE" >>"$STEP_LOG"
    "$@" >>"$STEP_LOG" 2>&1
    # Reached after a failure only where the caller handles it, for there `set -e` sleeps.
    local status=$?
    ((status == 0)) || failed_step_report
    ((status != 0)) || printf '%s%s%s\n' "$DIM" "$(seconds_since "$STEP_FROM")" "$RESET"
    STEP_TITLE=''
    return $status
}

# The same for a command whose output people want to see as it happens.
step_shown() {
    local title=$1 from=$EPOCHREALTIME
    shift
    printf '%s▸%s %s …\n' "$BLUE" "$RESET" "$title"
    "$@"
    # As above: a caller that counts failures must hear of this one.
    local status=$?
    printf '  %s%s took %s%s\n' "$DIM" "$title" "$(seconds_since "$from")" "$RESET"
    return $status
}

# The part of the step log that belongs to the step that failed.
failed_step_report() {
    printf '%sfailed%s after %s\n' "$RED" "$RESET" "$(seconds_since "$STEP_FROM")"
    awk -v title="==> $STEP_TITLE" '$0 == title { text = ""; next } { text = text $0 "\n" } END { printf "%s", text }' \
        "$STEP_LOG" | tail -n 40 | sed 's/^/    /'
}

# ── A run: its directories, and what it has to undo ─────────────────────────────────────────────────────────────────
UNDO=()
RUN_NAME=''
RUN_DIR=''
LOG_DIR=''
KEEP_RUN=''
SHOWN=''
SHOWN_ERRORS=''

# Everything private of this run lies in .local/run/NAME (thrown away at the end) and .local/logs/NAME (kept).
run_begin() {
    RUN_NAME=$1
    RUN_DIR=$LOCAL/run/$RUN_NAME
    LOG_DIR=$LOCAL/logs/$RUN_NAME
    mkdir -p "$RUN_DIR" "$LOG_DIR"
    # PostgreSQL's user has to pass through; what is secret in here is readable by its owner only.
    chmod 711 "$RUN_DIR"
    exec {SHOWN}>&1 {SHOWN_ERRORS}>&2
    process_identity $$ >"$RUN_DIR/owner.pid"
    export RUN_NAME RUN_DIR LOG_DIR
    trap run_end EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
}

on_exit() { UNDO+=("$*"); }

run_end() {
    local status=$?
    # A second Ctrl-C must not leave half of the servers behind.
    trap '' INT TERM HUP
    trap - EXIT
    set +e
    # When the shell exits within a step, its output is still redirected.
    exec 1>&"$SHOWN" 2>&"$SHOWN_ERRORS"
    if [[ -n $STEP_TITLE && $status -ne 0 && $status -ne 130 && $status -ne 143 ]]; then
        failed_step_report
    elif [[ -n $STEP_TITLE ]]; then
        printf '%sinterrupted%s\n' "$RED" "$RESET"
    fi
    local i
    for ((i = ${#UNDO[@]} - 1; i >= 0; i--)); do
        ${UNDO[i]} >>"$LOG_DIR/steps.log" 2>&1
    done
    if [[ -z $KEEP_RUN ]]; then
        discard_run "$RUN_DIR"
    fi
    exit "$status"
}

# Removes a run's directory and what it links to outside the tree (PostgreSQL's directory may have had to move).
discard_run() {
    local dir=$1 target
    for target in "$dir"/*; do
        if [[ -L $target ]]; then
            rm -rf -- "$(readlink -f "$target")"
        fi
    done
    rm -rf -- "$dir"
}

# Ends what runs left behind whose script was killed with no chance to clean up, and keeps the logs of the last ten and of
# those that go on. Runs that begin together sweep one after the other: each would find things gone that it had just listed.
sweep_dead_runs() {
    mkdir -p "$LOCAL/run" "$LOCAL/logs"
    (
        flock 9
        sweep_runs_and_logs
    ) 9>"$LOCAL/sweep.lock"
}

sweep_runs_and_logs() {
    local dir kept=0
    for dir in "$LOCAL"/run/*/; do
        [[ -f $dir/owner.pid && ! -f $dir/keep ]] || continue
        process_is_alive "$dir/owner.pid" && continue
        sweep_dead_run "${dir%/}" >/dev/null 2>&1 || true
    done
    while read -r dir; do
        [[ ! -d $LOCAL/run/${dir##*/} ]] || continue
        kept=$((kept + 1))
        ((kept <= 10)) || rm -rf -- "$dir"
    done < <(find "$LOCAL/logs" -mindepth 1 -maxdepth 1 -type d -printf '%T@ %p\n' | sort -rn | cut -d' ' -f2-)
}

sweep_dead_run() {
    local RUN_DIR=$1 LOG_DIR=$LOCAL/logs/${1##*/}
    mkdir -p "$LOG_DIR"
    services_stop_all
    rabbitmq_discard
    postgres_stop
    discard_run "$RUN_DIR"
}

# ── Processes ────────────────────────────────────────────────────────────────────────────────────────────────────────
# A pid alone may be somebody else's by the time that we signal it; a pid with its start time is not.
process_identity() {
    local pid=$1 stat fields
    read -r stat <"/proc/$pid/stat" || return 1
    read -ra fields <<<"${stat##*) }"
    printf '%s %s\n' "$pid" "${fields[19]}"
}

# Whether the process recorded in a pid file still runs (a zombie does not).
process_is_alive() {
    local pid started stat fields
    [[ -s $1 ]] || return 1
    read -r pid started <"$1"
    read -r stat 2>/dev/null <"/proc/$pid/stat" || return 1
    read -ra fields <<<"${stat##*) }"
    [[ ${fields[19]:-} == "$started" && ${fields[0]} != Z ]]
}

process_signal() {
    local file=$1 signal=$2 pid
    process_is_alive "$file" || return 0
    read -r pid _ <"$file"
    kill "-$signal" "$pid" 2>/dev/null || true
}

# `detached COMMAND… &` becomes the command, in a session of its own: Ctrl-C reaches this script, which then ends what it
# started. It must not hold on to the terminal, or a pipe behind this script would never end.
detached() {
    exec {SHOWN}>&- {SHOWN_ERRORS}>&- </dev/null
    exec setsid "$@"
}

# `wait_gone PIDFILE SECONDS`: 0 when the process has ended within that time.
wait_gone() {
    local deadline=$((SECONDS + $2))
    while process_is_alive "$1"; do
        ((SECONDS < deadline)) || return 1
        sleep 0.05
    done
}

# TERM, then KILL when it did not listen.
process_stop() {
    local file=$1 patience=${2:-10}
    process_signal "$file" TERM
    wait_gone "$file" "$patience" || {
        process_signal "$file" KILL
        wait_gone "$file" 5 || true
    }
    rm -f "$file"
}

# `wait_for SECONDS WHAT COMMAND…` polls until the command succeeds.
wait_for() {
    local patience=$1 what=$2 deadline=$((SECONDS + $1))
    shift 2
    until "$@"; do
        ((SECONDS < deadline)) || {
            echo "$what was not there after $patience s" >&2
            return 1
        }
        sleep 0.1
    done
}

# ── Small things ─────────────────────────────────────────────────────────────────────────────────────────────────────
# `free_ports N`: ports nobody listens on, outside the range from which the kernel takes ports of outgoing connections.
free_ports() {
    python3 - "$1" <<'PY'
import random, socket, sys
found = []
while len(found) < int(sys.argv[1]):
    port = random.randrange(20000, 32000)
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("0.0.0.0", port))
        except OSError:
            continue
    if port not in found:
        found.append(port)
print(*found)
PY
}

port_is_free() {
    python3 -c '
import socket, sys
probe = socket.socket()
probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
try:
    probe.bind(("0.0.0.0", int(sys.argv[1])))
except OSError:
    sys.exit(1)
' "$1"
}

random_secret() { od -An -N"${1:-24}" -tx1 /dev/urandom | tr -d ' \n'; }
