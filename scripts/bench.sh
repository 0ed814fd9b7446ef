#!/bin/bash
# bench.sh [--runs N] [--only NAME] [--strategy S] [--rollback | --between KIND,KIND]: client-visible downtime of migrations between two clusters, or of their failures; see bench/main.ts.
# --between docker|kubernetes|k3s twice: between clusters of these kinds, compared to two of Docker in the same run.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh --workload native --workload redis
exec node --import tsx bench/main.ts "$@"
