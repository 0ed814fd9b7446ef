import { appendFile, readFile, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Ticket } from '../../../domain/migration';
import type { JournalState } from '../../../domain/service';
import { until, type PlayedEngine } from './two-engines';
import { prepareBoth, usePair } from './use-pair';

let source: PlayedEngine;
let destination: PlayedEngine;
let ticket: Ticket;

usePair((pair) => ({ source, destination, ticket } = pair));
beforeEach(async () => {
  await prepareBoth(source, destination, ticket);
  source.calls.length = 0;
});

/** A torn line may be all that reached the disk of the first that is lost. */
const tornBytes = 10;

/** The host loses power: lines that a driver writes in the freeze are not flushed there, and are gone, but for the beginning of one. */
async function loseAfter(engine: PlayedEngine, kept: JournalState): Promise<void> {
  const text = await readFile(engine.layout.journal, 'utf8');
  const last = text.lastIndexOf(`"state":"${kept}"`);
  expect(last).toBeGreaterThanOrEqual(0);
  const end = text.indexOf('\n', last) + 1;
  expect(text.length).toBeGreaterThan(end + tornBytes);
  await truncate(engine.layout.journal, end + tornBytes);
  await engine.restart('container');
}

const goesThrough = async (engine: PlayedEngine, ...states: JournalState[]) => {
  for (const state of states) await engine.journal(state, ticket.epoch);
};
const applications = () => [source, destination].flatMap(({ calls }) => calls.filter((call) => call === 'application')).length;
const runsAt = async (engine: PlayedEngine) => {
  await until(() => engine.client.status(), ({ state }) => state === 'running');
  await until(() => Promise.resolve(engine.calls), (calls) => calls.includes('application'));
};

describe('a host that was rebooted, and has lost the lines of the freeze', () => {
  it('begins anew at the source only after the destination has discarded its copy', async () => {
    await goesThrough(destination, 'gated');
    await goesThrough(source, 'frozen', 'handedOff');
    await loseAfter(source, 'armedS');
    await runsAt(source);
    expect(await destination.client.status()).toMatchObject({ state: 'discarded' });
    expect(applications()).toBe(1);
  });

  it('relays at the source when the destination has the commit, though the source remembers no freeze', async () => {
    await goesThrough(source, 'frozen', 'handedOff', 'owing', 'relaying');
    await goesThrough(destination, 'gated', 'running');
    await appendFile(join(destination.layout.handoff(ticket.migration), 'events.ndjson'), '{"step":"pages","state":"done"}\n');
    await loseAfter(source, 'armedS');
    await until(() => source.client.status(), ({ state }) => state === 'relaying');
    await until(() => Promise.resolve(source.calls), (calls) => calls.includes('relay to cloud'));
    expect(applications()).toBe(0);
  });

  it('owes what it has lost when the destination has the commit and not all pages', async () => {
    await goesThrough(source, 'frozen', 'handedOff', 'owing');
    await goesThrough(destination, 'gated', 'running');
    await loseAfter(source, 'armedS');
    await until(() => source.client.status(), ({ state }) => state === 'owing');
    await expect(source.client.step('finish')).rejects.toMatchObject({ code: 'pages-lost', recovery: 'human' });
    expect(applications()).toBe(0);
  });

  it('begins anew at the destination when the source has its acknowledgement, though the destination remembers no commit', async () => {
    await goesThrough(source, 'frozen', 'handedOff', 'relaying');
    await goesThrough(destination, 'gated', 'running');
    await loseAfter(destination, 'armedD');
    await runsAt(destination);
    expect(await source.client.status()).toMatchObject({ state: 'relaying' });
    expect(applications()).toBe(1);
  });

  it('begins anew at one side only when both were', async () => {
    await goesThrough(source, 'frozen', 'handedOff');
    await goesThrough(destination, 'gated');
    await Promise.all([loseAfter(source, 'armedS'), loseAfter(destination, 'armedD')]);
    await runsAt(source);
    await until(() => destination.client.status(), ({ state }) => state === 'discarded');
    expect(applications()).toBe(1);
  });
});
