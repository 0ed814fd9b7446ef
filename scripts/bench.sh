#!/bin/bash
# bench.sh [--runs N] [--only NAME] [--strategy S] [--rollback]: client-visible downtime of migrations between two clusters, or of their failures; see bench/main.ts.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh --workload native --workload redis
exec node --import tsx bench/main.ts "$@"
