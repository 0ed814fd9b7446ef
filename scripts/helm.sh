#!/bin/bash
# helm.sh: makes Helm as .carryon/cache/bin/helm, from its Go module; it takes a minute or three the first time. Does nothing when it is there.
# Only tests and scripts/render-chart.sh need it: any Helm 3 of yours installs the chart.
set -euo pipefail
cd "$(dirname "$0")/.."

version=3.19.5
# Minor version of Kubernetes that it was made for, as its go.mod says: what it takes a cluster for when it sees none. A newer Helm needs a newer Go than the tests otherwise do.
kubernetes=34
bin=$PWD/.carryon/cache/bin
fail() { echo "helm: $*" >&2; exit 1; }
is_there() { [[ $("$bin/helm" version --short 2>/dev/null) = "v$version"* ]]; }

is_there && exit 0
mkdir -p "$bin"
exec 9>"$bin/lock"
flock 9
is_there && exit 0
# From 1.21 on it fetches the newer one that it is asked for.
[[ $(go env GOVERSION 2>/dev/null) =~ ^go1\.([0-9]+) ]] && [ "${BASH_REMATCH[1]}" -ge 21 ] || fail "needs Go 1.21 or newer"
echo "helm: building Helm $version (takes a minute or three)"
flags="-s -w -X helm.sh/helm/v3/internal/version.version=v$version"
for package in pkg/chartutil pkg/lint/rules; do flags+=" -X helm.sh/helm/v3/$package.k8sVersionMajor=1 -X helm.sh/helm/v3/$package.k8sVersionMinor=$kubernetes"; done
# Moved over when it is whole: a test may be running the old one.
work=$(mktemp -d "$bin/new.XXXXXX")
trap 'rm -rf "$work"' EXIT
GOBIN=$work CGO_ENABLED=0 go install -ldflags "$flags" "helm.sh/helm/v3/cmd/helm@v$version" >"$bin/helm.log" 2>&1 \
  || { tail -20 "$bin/helm.log" >&2; fail "building Helm failed (the whole output: $bin/helm.log)"; }
mv "$work/helm" "$bin/helm"
