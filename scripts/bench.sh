#!/bin/bash
# bench.sh [--runs N] [--only NAME]: client-visible downtime of migrations between two clusters; see bench/main.ts.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh --workload native --workload redis
exec node --import tsx bench/main.ts "$@"
