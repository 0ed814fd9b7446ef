#!/bin/bash
# test-model.sh [--thorough]: checks the model of the handoff protocol (docs/MODEL.md). --thorough also looks at worlds that are too large to
# be looked through completely; that takes up to an hour and 1 GB of memory.
set -euo pipefail
cd "$(dirname "$0")/.."

case ${1:-} in
  '') ;;
  --thorough) export CARRYON_MODEL=thorough ;;
  *) echo "test-model: there is no option $1; there is --thorough" >&2; exit 2 ;;
esac
exec npx --no-install jest --selectProjects model
