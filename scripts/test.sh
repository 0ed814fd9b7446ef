#!/bin/bash
# test.sh [PROJECT...]: sets up what the tests need, then runs unit, workflow, integration and end-to-end tests, or the named projects.
# The last line is "N passed, N failed[, N skipped]" over all of them. Exit code 1 if a test failed, a file could not run, or nothing ran.
set -uo pipefail
cd "$(dirname "$0")/.." || exit

projects=("$@")
[ ${#projects[@]} -gt 0 ] || projects=(unit workflows integration e2e)
for project in "${projects[@]}"; do
  [ -d "test/$project" ] || { echo "test: there is no project '$project': unit, workflows, integration, e2e" >&2; exit 2; }
done
results=.carryon/test-results
rm -rf "$results"
mkdir -p "$results"

scripts/setup.sh --tests || { echo 'test: the set-up failed' >&2; echo '0 passed, 1 failed'; exit 1; }
for project in "${projects[@]}"; do
  echo "test: $project"
  # Unit tests share nothing; the others share one machine's Docker, so they run one after the other.
  in_order=(--runInBand)
  [ "$project" != unit ] || in_order=(--maxWorkers=50%)
  FORCE_COLOR=0 npx --no-install jest --selectProjects "$project" "${in_order[@]}" --json --outputFile "$results/$project.json" --forceExit >/dev/null </dev/null
done
exec node scripts/test-summary.mjs "$results" "${projects[@]}"
