#!/bin/bash
# test-fifty.sh: fifty small services move to and fro between two clusters, all at once. CARRYON_FIFTY sets another number.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh --tests
exec node --import tsx test/fifty/main.ts
