#!/usr/bin/env bash
# Stops and starts the campaign's own servers again, for the adversary, which is not a shell:
#   servers.sh postgres fast|immediate
#   servers.sh rabbitmq stop|kill|start
# RUN_DIR and LOG_DIR name the run whose servers they are.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
run_dir=$RUN_DIR log_dir=$LOG_DIR
. "$here/lib/common.sh"
. "$here/lib/postgres.sh"
. "$here/lib/rabbitmq.sh"
RUN_DIR=$run_dir LOG_DIR=$log_dir
# shellcheck disable=SC2034 # what starts a server closes them
exec {SHOWN}>&1 {SHOWN_ERRORS}>&2

restart_postgres() {
    local data
    data=$(readlink -f "$RUN_DIR/postgres")/data
    as_postgres "$(postgres_bin)/pg_ctl" -s -w -t 20 -m "$1" -D "$data" stop
    rm -f "$RUN_DIR/postgres.pid"
    postgres_start durable
}

case "$1 ${2:-}" in
"postgres fast" | "postgres immediate") restart_postgres "$2" ;;
"rabbitmq stop") rabbitmq_stop ;;
"rabbitmq kill")
    process_signal "$RUN_DIR/rabbitmq.pid" KILL
    rabbitmq_stop
    ;;
"rabbitmq start") rabbitmq_start ;;
*) die "usage: servers.sh postgres fast|immediate, servers.sh rabbitmq stop|kill|start" ;;
esac
