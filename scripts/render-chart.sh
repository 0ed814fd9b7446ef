#!/bin/bash
# render-chart.sh [--check]: writes what is made from elsewhere: the definition of Migrations into the chart, and the chart with its default values as
# deploy/kubernetes/carryon.yaml. With --check it writes the latter to its output instead, and nothing else.
set -euo pipefail
cd "$(dirname "$0")/.."

chart=deploy/helm/carryon
rendered=deploy/kubernetes/carryon.yaml

render() {
  cat <<'END'
# All of carryon for one cluster of Kubernetes: interceptor, operator and coordinator in a namespace `carryon`, for the services of a namespace `services`. It is the chart
# deploy/helm/carryon with its default values, made by scripts/render-chart.sh; where yours are others, use Helm, or change here at least the address of Temporal and
# `reach.host` (docs/KUBERNETES.md, "Installing with Helm"). Then:
#   kubectl create namespace services
#   kubectl create namespace carryon
#   kubectl label namespace carryon pod-security.kubernetes.io/enforce=restricted
#   kubectl apply -f carryon.yaml
# Before you remove it: kubectl -n carryon scale deployment carryon-interceptor --replicas 0, kubectl delete mutatingwebhookconfiguration carryon-interceptor-cloud
END
  .carryon/cache/bin/helm template carryon "$chart" --namespace carryon
}

scripts/helm.sh >&2
case ${1:-} in
  --check) render ;;
  '')
    cp deploy/kubernetes/crd-migration.yaml "$chart/files/"
    render >"$rendered.new"
    mv "$rendered.new" "$rendered"
    ;;
  *) echo "render-chart: there is no option $1; options: --check" >&2; exit 2 ;;
esac
