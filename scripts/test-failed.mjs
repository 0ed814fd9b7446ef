// test-failed.mjs DIRECTORY: the test files that failed and may run once more, by jest's JSON results, one a line.
import { firstResults } from './test-results.mjs';

/**
 * In the words of test/chaos/oracle and test/e2e/support/: what breaks a guarantee counts as it was seen, however busy the machine was.
 * Connections may break where a test kills what holds them: that is left to a second look. A cell of the kill matrix that broke its rule is not: the rule knows what was killed.
 */
const brokenGuarantee = /^\s*\+\s+"violated: (?!.*the cell could not be run to its end)|copies run|was acknowledged; the ledger has|pages of memory are wrong|was given twice|was given \d+ ms before answer|line \d+ of the ledger is|still answered \d+ ms after|its memory is gone|\d+ came where \d+ was due|write \d+ was answered with \d|rows up to number \d|^\s*\+\s+"lost": [1-9]/m;

for (const { name, status, message } of firstResults(process.argv[2])) if (status === 'failed' && !brokenGuarantee.test(message)) console.log(name);
