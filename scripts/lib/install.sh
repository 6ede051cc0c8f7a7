# shellcheck shell=bash
# Installs what is missing on a bare Debian 12, as root or as a user with sudo, and nothing that is there already.
# No toolchain is ever downloaded: without a Rust compiler this says what to do and stops.

RUST_MINIMUM=1.95
NEXTEST_VERSION=0.9.143
CARGO_DENY_VERSION=0.20.2
DIESEL_CLI_VERSION=2.3.11
CYCLONEDX_VERSION=0.5.7
TOOLS=$LOCAL/tools
PATH=$TOOLS/bin:$PATH
export PATH

as_root() {
    if ((EUID == 0)); then
        "$@"
    elif command -v sudo >/dev/null; then
        # Without a terminal a password cannot be asked for; then say so instead of hanging.
        if [[ -t 0 ]]; then sudo "$@"; else sudo -n "$@"; fi
    else
        die "these packages are missing and neither root nor sudo is at hand: $*"
    fi
}

have_header() { [[ -f /usr/include/$1 || -f /usr/include/postgresql/$1 ]] || pkg-config --exists "${2:-none}" 2>/dev/null; }

# What is needed to build, to run the servers and to judge; prints the packages that are missing.
missing_packages() {
    command -v cc >/dev/null || echo build-essential
    command -v make >/dev/null || echo make
    command -v pkg-config >/dev/null || echo pkg-config
    have_header libpq-fe.h libpq || echo libpq-dev
    have_header openssl/ssl.h openssl || echo libssl-dev
    command -v curl >/dev/null || echo curl
    [[ -e /etc/ssl/certs/ca-certificates.crt ]] || echo ca-certificates
    command -v python3 >/dev/null || echo python3
    command -v psql >/dev/null || echo postgresql-client
    postgres_bin >/dev/null || echo postgresql
    [[ -x $RABBITMQ_BIN/rabbitmq-server ]] || echo rabbitmq-server
    command -v pgrep >/dev/null || echo procps
    command -v epmd >/dev/null || echo erlang-base
    compgen -G '/usr/lib/*/faketime/libfaketime.so.1' >/dev/null || echo libfaketime
}

install_packages() {
    local missing=()
    mapfile -t missing < <(missing_packages)
    install_debian "${missing[@]}"
}

# `install_debian PACKAGE…`: by apt, with every service start refused for as long as it takes, because the packages of
# PostgreSQL and RabbitMQ would start servers on the usual ports.
install_debian() {
    (($# > 0)) || return 0
    command -v apt-get >/dev/null || die "this is no Debian; please install the equivalents of: $*"
    echo "installing $*"
    local policy=/usr/sbin/policy-rc.d ours=''
    if [[ ! -e $policy ]]; then
        printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
        as_root chmod 755 "$policy"
        ours=yes
    fi
    local status=0
    as_root env DEBIAN_FRONTEND=noninteractive sh -c '
        apt-get install -y -qq --no-install-recommends "$@" </dev/null ||
            { apt-get update -qq </dev/null && apt-get install -y -qq --no-install-recommends "$@" </dev/null; }
    ' install "$@" || status=$?
    if [[ -n $ours ]]; then
        as_root rm -f "$policy"
    fi
    return $status
}

version_at_least() { [[ $(printf '%s\n' "$1" "$2" | sort -V | head -n 1) == "$1" ]]; }

check_rust() {
    if ! command -v cargo >/dev/null && [[ -x $HOME/.cargo/bin/cargo ]]; then
        PATH=$HOME/.cargo/bin:$PATH
    fi
    command -v cargo >/dev/null ||
        die "Rust $RUST_MINIMUM or newer is needed and cargo was not found. Install it with rustup (https://rustup.rs) and come back."
    # What the toolchain file asks for must be here already: a script does not decide to download a compiler.
    export RUSTUP_AUTO_INSTALL=0
    local version
    version=$(cd "$ROOT" && cargo --version | cut -d' ' -f2) || die "cargo does not start in $ROOT"
    version_at_least "$RUST_MINIMUM" "$version" ||
        die "Rust $RUST_MINIMUM or newer is needed and this is $version. Update it with: rustup update stable"
}

# What every script needs.
install_base() {
    install_packages
    check_rust
}

# `install_cargo_tool COMMAND CRATE VERSION [OPTIONS…]`, below .local, when there is none on the PATH.
install_cargo_tool() {
    command -v "$1" >/dev/null || cargo install --quiet --locked --root "$TOOLS" --version "$3" "${@:4}" "$2"
}

install_nextest() { install_cargo_tool cargo-nextest cargo-nextest "$NEXTEST_VERSION"; }
install_diesel() {
    install_cargo_tool diesel diesel_cli "$DIESEL_CLI_VERSION" --no-default-features --features postgres
}
install_cyclonedx() { install_cargo_tool cargo-cyclonedx cargo-cyclonedx "$CYCLONEDX_VERSION"; }
install_cargo_deny() { install_cargo_tool cargo-deny cargo-deny "$CARGO_DENY_VERSION"; }

# The carrier's own Python library, which the conformance tests of the simulator run.
install_python() {
    local requirements=$ROOT/crates/carrier-sim/tests/conformance/requirements.txt
    [[ -f $requirements ]] || return 0
    install_venv venv "$requirements"
    export CALLBOARD_PYTHON=$LOCAL/venv/bin/python
}

# `install_venv NAME REQUIREMENTS`: a virtual environment below .local with what a file names, made once.
install_venv() {
    local venv=$LOCAL/$1
    cmp -s "$2" "$venv/.requirements" && return 0
    python3 -c 'import ensurepip, venv' 2>/dev/null || install_debian python3-venv
    [[ -x $venv/bin/python ]] || python3 -m venv "$venv"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r "$2"
    cp "$2" "$venv/.requirements"
}

# The fuzzer that asks the API everything that its document allows, and some of what it does not.
install_fuzzer() {
    FUZZ_VENV=$LOCAL/fuzz-venv
    export FUZZ_VENV
    install_venv fuzz-venv "$ROOT/scripts/lib/fuzz/requirements.txt"
}

# The linter of the API's documents, from npm; needs console.sh for Node.
install_spectral() {
    local wanted=$ROOT/scripts/lib/lint-api/package.json dir=$LOCAL/lint-api
    SPECTRAL=$dir/node_modules/.bin/spectral
    export SPECTRAL
    install_node
    cmp -s "$wanted" "$dir/.package.json" && return 0
    mkdir -p "$dir"
    cp "$wanted" "$dir/package.json"
    npm install --prefix "$dir" --no-audit --no-fund --silent </dev/null
    cp "$wanted" "$dir/.package.json"
}
