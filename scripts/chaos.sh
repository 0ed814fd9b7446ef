#!/bin/bash
# chaos.sh [--shard i/n] [--only PATTERN] [--resume] [--minutes N] [--lanes N] [--disks] [--list] [--publish]: runs cells of the kill matrix; see docs/KILL-MATRIX.md.
# CARRYON_CHAOS_SYSTEM=2..9: with clusters and a Temporal of its own, so that several runs may go on beside each other, each in a checkout of its own.
set -euo pipefail
cd "$(dirname "$0")/.."
[[ " $* " = *" --list "* || " $* " = *" --publish "* ]] || scripts/setup.sh --workload native
exec node --import tsx test/chaos/main.ts "$@"
