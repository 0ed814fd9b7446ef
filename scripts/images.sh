#!/bin/bash
# images.sh [--tag IMAGE] [--engine FILE]: builds the image of the runtime module, and the Debian image below it where that cannot be pulled.
# Skips what is up to date: the image carries a hash of what it was built from.
#   --tag     name of the image (carryon-runtime:latest)
#   --engine  bundled engine to put in (dist/engine.js, from `npm run build`)
set -euo pipefail
cd "$(dirname "$0")/.."

base=debian:trixie-slim
image=carryon-runtime:latest
engine=dist/engine.js
fail() { echo "images: $*" >&2; exit 1; }

while [ $# -gt 0 ]; do
  case "$1" in
    --tag) image=${2:?images: --tag takes the name of an image}; shift 2 ;;
    --engine) engine=${2:?images: --engine takes a file}; shift 2 ;;
    *) fail "there is no option $1; options: --tag IMAGE, --engine FILE" ;;
  esac
done
docker version >/dev/null 2>&1 || fail "the Docker daemon does not answer: start it, or run scripts/setup.sh"
[ -f "$engine" ] || fail "there is no $engine: run \`npm run build\` first"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# quietly WHAT COMMAND...: shows the end of the command's output only when it fails.
quietly() {
  local what=$1; shift
  echo "images: $what"
  "$@" >"$work/log" 2>&1 || { tail -30 "$work/log" >&2; fail "failed: $what"; }
}

# Where this machine gets Debian from, if it is a Debian.
mirror() {
  # shellcheck disable=SC2016 # apt expands it, not the shell
  apt-get indextargets --format '$(REPO_URI)' 2>/dev/null | grep -m 1 -E '/debian/?$' || true
}

bootstrap_base() {
  command -v mmdebstrap >/dev/null || fail "$base cannot be pulled and mmdebstrap is not installed: apt-get install mmdebstrap"
  local from
  from=$(mirror)
  mmdebstrap --variant=minbase --include=ca-certificates trixie "$work/base.tar" ${from:+"$from"}
  docker import --change 'CMD ["bash"]' "$work/base.tar" "$base"
  rm "$work/base.tar"
}

ensure_base() {
  if docker image inspect "$base" >/dev/null 2>&1; then return; fi
  echo "images: pulling $base"
  timeout 300 docker pull -q "$base" >"$work/log" 2>&1 || quietly "making $base, as it cannot be pulled" bootstrap_base
}

# The build sees these files and nothing else.
gather() {
  mkdir -p "$work/context/images" "$work/context/engine" "$work/context/dist"
  cp -r images/runtime "$work/context/images/"
  cp -r engine/native "$work/context/engine/"
  rm -rf "$work/context/engine/native/build" "$work/context/engine/native/handoff/build"
  cp "$engine" "$work/context/dist/engine.js"
}

digest() {
  (cd "$work/context" && find . -type f -print0 | sort -z | xargs -0 sha256sum; docker image inspect --format '{{.Id}}' "$base") | sha256sum | cut -c1-32
}

ensure_base
gather
inputs=$(digest)
if [ "$(docker image inspect --format '{{index .Config.Labels "io.carryon.inputs"}}' "$image" 2>/dev/null)" = "$inputs" ]; then
  echo "images: $image is up to date"
  exit 0
fi
# With the host's network, as the daemon's own bridge may have no way out. As a tar stream, as both builders of Docker take it.
build() { tar -C "$work/context" -c . | docker build --network host "$@" -; }
quietly "building $image (the first time takes some minutes)" build -f images/runtime/Dockerfile --label "io.carryon.inputs=$inputs" --tag "$image"
echo "images: $image is built"
