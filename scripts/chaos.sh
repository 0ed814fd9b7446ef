#!/bin/bash
# chaos.sh [--shard i/n] [--only PATTERN] [--resume] [--minutes N] [--lanes N] [--disks] [--list] [--publish]: runs cells of the kill matrix; see docs/KILL-MATRIX.md.
set -euo pipefail
cd "$(dirname "$0")/.."
[[ " $* " = *" --list "* || " $* " = *" --publish "* ]] || scripts/setup.sh --workload native
exec node --import tsx test/chaos/main.ts "$@"
