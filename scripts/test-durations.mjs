// test-durations.mjs [DIRECTORY]: writes test/durations.json from jest's JSON results of a run of all tests; the next runs order their files by it.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { firstResults } from './test-results.mjs';

const leastSeconds = 10;
const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const took = firstResults(process.argv[2] ?? path.join(root, '.carryon/test-results'))
  .map(({ name, assertionResults }) => [path.relative(root, name), Math.round(assertionResults.reduce((ms, { duration }) => ms + (duration ?? 0), 0) / 1000)])
  .filter(([, seconds]) => seconds >= leastSeconds)
  .sort(([, a], [, b]) => b - a);
writeFileSync(path.join(root, 'test/durations.json'), `${JSON.stringify(Object.fromEntries(took), null, 2)}\n`);
