# shellcheck shell=bash
# A private PostgreSQL: `postgres_start durable|test`, `postgres_stop`. Listens on 127.0.0.1 only, on a free port, and
# has no Unix socket (its path would be limited to 107 bytes). Sets POSTGRES_URL, of its superuser.

# The newest server on this machine; Debian keeps them off the PATH.
postgres_bin() {
    local dir
    dir=$(find /usr/lib/postgresql -mindepth 3 -maxdepth 3 -path '*/bin/initdb' 2>/dev/null | sort -V | tail -n 1)
    if [[ -n $dir ]]; then
        dirname "$dir"
    elif command -v pg_config >/dev/null && [[ -x $(pg_config --bindir)/initdb ]]; then
        pg_config --bindir
    else
        return 1
    fi
}

# PostgreSQL refuses to run as root, and its user has no business in our directory, so it is run from /.
as_postgres() {
    if ((EUID == 0)); then
        (cd / && runuser -u postgres -- "$@")
    else
        (cd / && "$@")
    fi
}

# Whether there is memory to spare for the cluster of the tests. Each makes a database and drops it, thousands of small files
# that a file system on a disk is busy with for longer than PostgreSQL.
postgres_fits_in_memory() {
    local free
    [[ $(stat -f -c %T /dev/shm 2>/dev/null) == tmpfs && -w /dev/shm ]] || return 1
    free=$(($(stat -f -c '%a * %S' /dev/shm)))
    ((free >= 4 << 30)) || return 1
    free=$(awk '$1 == "MemAvailable:" { print $2 }' /proc/meminfo)
    ((free >= 8 << 20))
}

# Where the cluster lies: in memory for tests, else below .local when the server's user can get there, else outside. There is a
# link in its place when it is not there.
postgres_make_dir() {
    local mode=$1 dir=$RUN_DIR/postgres
    if [[ $mode == test ]] && postgres_fits_in_memory; then
        postgres_make_linked_dir /dev/shm
    elif ((EUID != 0)); then
        mkdir -m 700 "$dir"
    elif mkdir -m 711 "$dir.probe" && as_postgres test -x "$dir.probe" 2>/dev/null; then
        rmdir "$dir.probe"
        install -d -o postgres -g postgres -m 700 "$dir"
    else
        rmdir "$dir.probe"
        postgres_make_linked_dir /var/tmp
    fi
}

postgres_make_linked_dir() {
    local outside
    outside=$(mktemp -d "$1/callboard-postgres.XXXXXX")
    ((EUID != 0)) || chown postgres:postgres "$outside"
    ln -s "$outside" "$RUN_DIR/postgres"
}

postgres_start() {
    local mode=$1 bin dir=$RUN_DIR/postgres
    bin=$(postgres_bin) || die "PostgreSQL's server is not installed: apt-get install postgresql"
    if process_is_alive "$RUN_DIR/postgres.pid"; then
        # shellcheck source=/dev/null
        . "$RUN_DIR/postgres.env"
        return
    fi
    if [[ ! -f $RUN_DIR/postgres.env ]]; then
        postgres_create "$mode" "$bin"
    fi
    # shellcheck source=/dev/null
    . "$RUN_DIR/postgres.env"
    # After a kill -9 of the postmaster its lock file holds for as long as init takes to reap it: about two seconds.
    wait_for 30 "PostgreSQL" postgres_launch "$bin" "$(readlink -f "$dir")"
    process_identity "$(head -n 1 "$dir/data/postmaster.pid")" >"$RUN_DIR/postgres.pid"
}

postgres_launch() {
    (
        exec {SHOWN}>&- {SHOWN_ERRORS}>&- </dev/null
        as_postgres "$1/pg_ctl" -w -t 30 -s -D "$2/data" -l "$2/server.log" start
    )
}

postgres_create() {
    local mode=$1 bin=$2 dir=$RUN_DIR/postgres port password
    port=$(free_ports 1)
    password=$(random_secret)
    rm -rf -- "$(readlink -f "$dir")" "$dir"
    postgres_make_dir "$mode"
    dir=$(readlink -f "$dir")
    printf '%s\n' "$password" | as_postgres tee "$dir/password" >/dev/null
    as_postgres "$bin/initdb" -D "$dir/data" -U postgres -A scram-sha-256 --pwfile="$dir/password" \
        --locale=C.UTF-8 -E UTF8 --data-checksums --no-instructions
    rm "$dir/password"
    {
        echo "listen_addresses = '127.0.0.1'"
        echo "port = $port"
        echo "unix_socket_directories = ''"
        echo "max_connections = 300"
        if [[ $mode == test ]]; then
            echo "fsync = off"
            echo "synchronous_commit = off"
            echo "full_page_writes = off"
        fi
    } | as_postgres tee -a "$dir/data/postgresql.conf" >/dev/null
    (
        umask 077
        echo "POSTGRES_URL='postgres://postgres:$password@127.0.0.1:$port/postgres'" >"$RUN_DIR/postgres.env"
    )
}

postgres_stop() {
    local bin data
    data=$(readlink -f "$RUN_DIR/postgres")/data
    if process_is_alive "$RUN_DIR/postgres.pid"; then
        bin=$(postgres_bin)
        as_postgres "$bin/pg_ctl" -s -w -t 10 -m fast -D "$data" stop ||
            as_postgres "$bin/pg_ctl" -s -w -t 10 -m immediate -D "$data" stop ||
            process_signal "$RUN_DIR/postgres.pid" KILL
        wait_gone "$RUN_DIR/postgres.pid" 5 || true
    fi
    rm -f "$RUN_DIR/postgres.pid"
}

postgres_log_tail() { tail -n "${1:-30}" "$RUN_DIR/postgres/server.log"; }
