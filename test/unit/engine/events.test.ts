import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { decideDebt } from '../../../domain/debt';
import { readEvents } from '../../../engine/migration/events';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'carryon-events-'));
});
afterEach(() => rm(dir, { recursive: true }));

const committed = '{"t":1000000000,"step":"commit","state":"running","ms":1.5}\n';
const leave = (name: string, text: string) => writeFile(join(dir, name), text);
const debt = async () => decideDebt(3, undefined, { state: 'running', epoch: 3, events: await readEvents(dir) });

describe("the driver's timeline", () => {
  it('says that all pages are in when the driver died between its note and its word', async () => {
    await leave('events.ndjson', committed);
    await expect(debt()).resolves.toBe('open');
    await leave('pages-whole', '');
    await expect(debt()).resolves.toBe('paid');
    expect((await readEvents(dir)).at(-1)).toMatchObject({ step: 'pages', state: 'done' });
  });

  it('says it once', async () => {
    await leave('events.ndjson', `${committed}{"t":2000000000,"step":"pages","state":"done","bytes":4096}\n`);
    await leave('pages-whole', '');
    expect((await readEvents(dir)).filter(({ step }) => step === 'pages')).toEqual([{ atMs: 2000, step: 'pages', state: 'done', bytes: 4096 }]);
  });

  it('is empty where no driver has told anything: a container that was restarted', async () => {
    await leave('pages-whole', '');
    await expect(debt()).resolves.toBe('restarted');
  });
});
