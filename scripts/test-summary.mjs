// test-summary.mjs DIRECTORY PROJECT...: adds up jest's JSON results by project, which is the directory of test/ that a file lies in. A file
// that could not run, or not end well, counts as a failed test, so does a project without results.
import path from 'node:path';
import { firstResults, secondResults } from './test-results.mjs';

const [directory, ...projects] = process.argv.slice(2);
const second = new Map(secondResults(directory).map((suite) => [suite.name, suite]));
const suites = firstResults(directory).map((suite) => ({ ...(second.get(suite.name) ?? suite), name: path.relative(process.cwd(), suite.name), again: second.has(suite.name) }));
const total = { passed: 0, failed: 0, skipped: 0 };

/** Jest's words for what became of a test; all others mean that it was skipped. */
const kinds = { passed: 'passed', failed: 'failed' };

function count({ status, assertionResults }) {
  const numbers = { passed: 0, failed: 0, skipped: 0 };
  for (const test of assertionResults) numbers[kinds[test.status] ?? 'skipped'] += 1;
  if (status === 'failed' && numbers.failed === 0) numbers.failed = 1;
  return numbers;
}

for (const project of projects) {
  const own = suites.filter(({ name }) => name.startsWith(`test/${project}/`));
  const numbers = { passed: 0, failed: 0, skipped: 0 };
  for (const { name } of own.filter(({ again, status }) => again && status === 'passed')) console.log(`${project}: FAILED AT FIRST, passed when run again alone: ${name}`);
  for (const suite of own) {
    if (suite.status === 'failed') console.log(`${project}: FAILED ${suite.name}`);
    for (const [kind, number] of Object.entries(count(suite))) numbers[kind] += number;
  }
  if (own.length === 0) {
    console.log(`${project}: did not run`);
    numbers.failed = 1;
  } else {
    console.log(`${project}: ${numbers.passed} passed, ${numbers.failed} failed, ${numbers.skipped} skipped`);
  }
  for (const kind of Object.keys(total)) total[kind] += numbers[kind];
}

const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
console.log(`${total.passed} passed, ${total.failed} failed${skipped}`);
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
