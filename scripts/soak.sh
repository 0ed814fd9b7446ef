#!/bin/bash
# soak.sh [--minutes N] [--seed N] [--steps N] [--list]: migrations, kills, cut links and commands at random; see "Soak" in docs/ARCHITECTURE.md.
set -euo pipefail
cd "$(dirname "$0")/.."
if [[ " $* " != *" --list "* ]]; then
  scripts/setup.sh --workload native
  command -v go >/dev/null || { echo 'soak: needs Go for the checker of what the clients saw: scripts/setup.sh --tests installs it' >&2; exit 1; }
fi
exec node --import tsx test/soak/main.ts "$@"
