// What jest wrote of test files in a directory of its JSON results.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** Results of the files that failed and were run once more. */
const again = 'again.json';

const suitesOf = (directory, file) => JSON.parse(readFileSync(path.join(directory, file), 'utf8')).testResults;

export const firstResults = (directory) => readdirSync(directory).filter((file) => file !== again).flatMap((file) => suitesOf(directory, file));
export const secondResults = (directory) => (existsSync(path.join(directory, again)) ? suitesOf(directory, again) : []);
