#!/bin/bash
# workloads.sh [NAME...]: builds the images of the services that the demo, the tests and the bench move. Skips what is up to date: each image carries a hash of
# the files that it was built from.
set -euo pipefail
cd "$(dirname "$0")/../images/workloads"

log=$(mktemp)
trap 'rm -f "$log"' EXIT
targets=(native redis nginx postgres node python)
for wanted in "$@"; do
  [[ " ${targets[*]} " = *" $wanted "* ]] || { echo "workloads: there is no '$wanted'; there are ${targets[*]}" >&2; exit 2; }
done
[ $# = 0 ] || targets=("$@")
inputs=$(find . -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum | cut -c1-16)-$(docker image inspect --format '{{.Id}}' debian:trixie-slim | cut -c8-23)
for target in "${targets[@]}"; do
  image=carryon-workload-$target:latest
  if [ "$(docker image inspect --format '{{index .Config.Labels "io.carryon.inputs"}}' "$image" 2>/dev/null)" = "$inputs" ]; then continue; fi
  echo "workloads: building $image"
  # With the host's network, as the daemon's own bridge may have no way out.
  docker build --network host --target "$target" --label "io.carryon.inputs=$inputs" --tag "$image" . >"$log" 2>&1 || {
    tail -20 "$log" >&2
    echo "workloads: building $image failed (above: the end of the build's output)" >&2
    exit 1
  }
done
echo "workloads: images are up to date"
