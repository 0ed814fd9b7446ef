#!/bin/bash
# test.sh [PROJECT...]: sets up what the tests need, then runs the tests of all projects of jest.config.cjs, or of the named ones.
# The last line is "N passed, N failed[, N skipped]" over all of them. Exit code 1 if a test failed, a file could not run, or nothing ran.
# End-to-end tests, which share one system of clusters, run two files at a time beside all others, which wait as much as they compute. Those on clusters of
# other kinds come last: beside all of that, Kubernetes is built for them, where that has not been done.
# CARRYON_TEST_WORKERS: how many of the others' files run at a time; by default one more than there are processors, 4 at most.
set -uo pipefail
cd "$(dirname "$0")/.." || exit

read -ra known < <(node -p 'require("./jest.config.cjs").projects.map(({ displayName }) => displayName).join(" ")')
projects=("$@")
[ ${#projects[@]} -gt 0 ] || projects=("${known[@]}")
beside=() e2e=() clusters=()
for project in "${projects[@]}"; do
  [[ " ${known[*]} " = *" $project "* ]] || { echo "test: there is no project '$project'; there are: ${known[*]}" >&2; exit 2; }
  case $project in e2e) e2e=(e2e) ;; clusters) clusters=(clusters) ;; *) beside+=("$project") ;; esac
done
cores=$(nproc)
workers=${CARRYON_TEST_WORKERS:-$((cores < 3 ? cores + 1 : 4))}
results=.carryon/test-results
rm -rf "$results"
mkdir -p "$results"

# run WORKERS PROJECT...: failures are shown; the numbers are in the results.
run() {
  local at_a_time=$1 began=$SECONDS; shift
  [ $# -gt 0 ] || return 0
  echo "test: $*"
  FORCE_COLOR=0 npx --no-install jest --selectProjects "$@" --maxWorkers="$at_a_time" --json --outputFile "$results/$1.json" --forceExit >/dev/null </dev/null
  echo "test: $* took $((SECONDS - began)) s"
}

scripts/setup.sh --tests || { echo 'test: the set-up failed' >&2; echo '0 passed, 1 failed'; exit 1; }
# The others' temporary files lie apart, as an end-to-end test counts what is left. Not its own: the clusters outlast the run.
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
[ ${#clusters[@]} = 0 ] || nice -n 19 scripts/kubernetes/build.sh &
run 2 "${e2e[@]}" &
TMPDIR=$temporary run "$workers" "${beside[@]}"
wait
run 1 "${clusters[@]}"
# A file that failed runs once more, alone, unless a guarantee was seen broken: then it counts as that ended, and the summary says so.
mapfile -t failed < <(node scripts/test-failed.mjs "$results")
if [ ${#failed[@]} -gt 0 ]; then
  echo "test: again, one after the other: ${failed[*]}"
  FORCE_COLOR=0 npx --no-install jest --runInBand --json --outputFile "$results/again.json" --forceExit --runTestsByPath "${failed[@]}" >/dev/null </dev/null
fi
node scripts/test-summary.mjs "$results" "${projects[@]}"
