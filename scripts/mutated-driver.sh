#!/bin/bash
# mutated-driver.sh DIRECTORY: puts a handoff driver into DIRECTORY whose rules a test can take away one by one (engine/native/handoff/mutation.h), built as
# that of the runtime image, in the same stage of its build. Skips what is up to date: beside the driver lies a hash of what it was built from.
set -euo pipefail
directory=$(realpath -m "${1:?mutated-driver: needs the directory that the driver is put into}")
cd "$(dirname "$0")/.."

base=debian:trixie-slim
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { tail -30 "$work/log" >&2; echo "mutated-driver: $*" >&2; exit 1; }

mkdir -p "$directory"
exec 9>"$directory/lock"
flock 9
inputs=$({
  find engine/native images/runtime/Dockerfile scripts/mutated-driver.sh -type f -not -path '*/build/*' -print0 | sort -z | xargs -0 sha256sum
  docker image inspect --format '{{.Id}}' "$base"
} | sha256sum | cut -c1-32)
if [ -x "$directory/handoff" ] && [ "$(cat "$directory/inputs" 2>/dev/null)" = "$inputs" ]; then exit 0; fi

# The files that scripts/images.sh gives to the build, under the same names (with `./`): so what that has built is taken from the builder's cache.
image=$(tar -c --exclude=build ./images/runtime ./engine/native | docker build --quiet --network host --target native-build -f images/runtime/Dockerfile - 2>"$work/log") ||
  fail 'the stage with the compiler cannot be built: run scripts/images.sh'
docker run --rm --network none --env CFLAGS='-O1 -DMUTATIONS' "$image" \
  sh -c 'make -j2 -C /src/native/handoff BUILD=/tmp/mutated /tmp/mutated/handoff >&2 && cat /tmp/mutated/handoff' >"$work/handoff" 2>"$work/log" || fail 'the driver cannot be compiled'
install -m 755 "$work/handoff" "$directory/handoff"
echo "$inputs" >"$directory/inputs"
