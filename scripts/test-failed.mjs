// test-failed.mjs DIRECTORY: the test files that failed and may run once more, by jest's JSON results, one a line.
import { firstResults } from './test-results.mjs';

/** In the words of test/chaos/oracle/check.ts: what breaks a guarantee counts as it was seen, however busy the machine was. */
const brokenGuarantee = /copies run|was acknowledged; the ledger has|pages of memory are wrong|was given twice|was given \d+ ms before answer|line \d+ of the ledger is|still answered \d+ ms after/;

for (const { name, status, message } of firstResults(process.argv[2])) if (status === 'failed' && !brokenGuarantee.test(message)) console.log(name);
