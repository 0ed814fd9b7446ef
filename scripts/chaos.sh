#!/bin/bash
# chaos.sh [--shard i/n] [--only PATTERN] [--resume] [--minutes N] [--lanes N] [--disks] [--clocks] [--list] [--publish]: runs cells of the kill matrix; see
# docs/KILL-MATRIX.md.
# CARRYON_CHAOS_SYSTEM=2..9: with clusters and a Temporal of its own, so that several runs may go on beside each other, each in a checkout of its own.
set -euo pipefail
cd "$(dirname "$0")/.."
if [[ " $* " = *" --list "* || " $* " = *" --publish "* ]]; then exec node --import tsx test/chaos/main.ts "$@"; fi
scripts/setup.sh --workload native
if [[ " $* " = *" --clocks "* ]]; then
  command -v faketime >/dev/null || { echo 'chaos: --clocks needs libfaketime: scripts/setup.sh --tests installs it' >&2; exit 1; }
  docker build --quiet --network host --tag carryon-runtime-clock:latest test/chaos/clock >/dev/null
fi
exec node --import tsx test/chaos/main.ts "$@"
