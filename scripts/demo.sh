#!/bin/bash
# demo.sh [--keep] [--hops N]: a Redis under load moves between two clusters, there and back, while its clients write and read. Sets up
# all that it needs first. The last line is one JSON object with what each migration did and what the clients saw of it.
#   --hops N  number of migrations (default 3)
#   --keep    leaves everything running and says where
set -euo pipefail
cd "$(dirname "$0")/.."

usage() { echo "demo: $1; usage: npm run demo -- [--keep] [--hops N]" >&2; exit 2; }
arguments=("$@")
while [ $# -gt 0 ]; do
  case $1 in
    --keep) ;;
    --hops) [[ ${2:-} =~ ^[1-9][0-9]?$ ]] || usage "--hops needs a number from 1 to 99, not '${2:-}'"; shift ;;
    *) usage "unknown option '$1'" ;;
  esac
  shift
done

scripts/setup.sh --workload redis
exec node --import tsx scripts/demo.ts "${arguments[@]}"
