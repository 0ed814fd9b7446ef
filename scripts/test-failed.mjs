// test-failed.mjs DIRECTORY: the test files that failed, by jest's JSON results, one a line.
import { firstResults } from './test-results.mjs';

for (const { name, status } of firstResults(process.argv[2])) if (status === 'failed') console.log(name);
