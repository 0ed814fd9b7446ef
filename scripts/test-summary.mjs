// test-summary.mjs DIRECTORY PROJECT...: adds up jest's JSON results. A file that could not run counts as a failed test, so does a project
// without results.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

const [directory, ...projects] = process.argv.slice(2);
const total = { passed: 0, failed: 0, skipped: 0 };

for (const project of projects) {
  const file = path.join(directory, `${project}.json`);
  if (!existsSync(file)) {
    console.log(`${project}: did not run`);
    total.failed += 1;
    continue;
  }
  const result = JSON.parse(readFileSync(file, 'utf8'));
  const failed = result.numFailedTests + result.numRuntimeErrorTestSuites;
  const skipped = result.numPendingTests + result.numTodoTests;
  for (const suite of result.testResults) {
    if (suite.status === 'failed') console.log(`${project}: FAILED ${path.relative(process.cwd(), suite.name)}`);
  }
  console.log(`${project}: ${result.numPassedTests} passed, ${failed} failed, ${skipped} skipped`);
  total.passed += result.numPassedTests;
  total.failed += failed;
  total.skipped += skipped;
}

const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
console.log(`${total.passed} passed, ${total.failed} failed${skipped}`);
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
