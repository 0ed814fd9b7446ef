import { beforeAll, describe, expect, test } from '@jest/globals';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { workflowBundle } from './support/bundle';
import { historyFromJson } from './support/history-from-json';
import { scenarios } from './support/scenarios';

const directory = path.join(__dirname, 'histories');
const files = readdirSync(directory).filter((file) => file.endsWith('.json'));
const read = (file: string): unknown => JSON.parse(readFileSync(path.join(directory, file), 'utf8'));
const replay = async function* (histories: { workflowId: string; history: unknown }[]) {
  yield* Worker.runReplayHistories({ workflowBundle: await workflowBundle() }, histories);
};

beforeAll(() => {
  Runtime.install({ logger: new DefaultLogger('ERROR'), telemetryOptions: { logging: { filter: 'OFF', forward: {} } }, shutdownSignals: [] });
});

describe('workflows that began under earlier code', () => {
  test('every scenario has a recorded history', () => {
    expect(files.map((file) => path.basename(file, '.json'))).toEqual(expect.arrayContaining(Object.entries(scenarios).flatMap(([name, { also = {} }]) => [name, ...Object.keys(also)])));
  });

  test('go on under this code: every recorded history replays', async () => {
    const results: Record<string, string> = {};
    const histories = files.map((file) => ({ workflowId: file, history: historyFromJson(read(file)) }));
    for await (const { workflowId, error } of replay(histories)) results[workflowId] = error ? error.message : 'replayed';
    expect(results).toEqual(Object.fromEntries(files.map((file) => [file, 'replayed'])));
  }, 120_000);

  test('would be noticed if they could not: a history with another order of activities fails', async () => {
    const text = JSON.stringify(read('post-copy.json')).replaceAll('"prepareSource"', '"prepareDestination"');
    const results: unknown[] = [];
    for await (const { error } of replay([{ workflowId: 'swapped', history: historyFromJson(JSON.parse(text)) }])) results.push(error?.name);
    expect(results).toEqual(['DeterminismViolationError']);
  }, 120_000);
});
