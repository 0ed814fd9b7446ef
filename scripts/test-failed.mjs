// test-failed.mjs DIRECTORY: the test files that failed, by jest's JSON results, one a line.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const directory = process.argv[2];
const suites = readdirSync(directory).flatMap((file) => JSON.parse(readFileSync(path.join(directory, file), 'utf8')).testResults);
for (const { name, status } of suites) if (status === 'failed') console.log(name);
