#!/bin/bash
# test-fifty.sh: fifty small services move to and fro between two clusters, all at once. CARRYON_FIFTY sets another number.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh --tests
# A hundred outer containers on this one machine; each needs two (README, Limits).
instances=/proc/sys/fs/inotify/max_user_instances
if [ "$(cat $instances)" -lt 1024 ]; then
  echo 1024 >$instances || { echo "test-fifty: cannot raise $instances; set it to 1024" >&2; exit 1; }
fi
exec node --import tsx test/fifty/main.ts
