import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { UnavailableError } from '../../../domain/errors';
import type { Strategy } from '../../../domain/migration';
import type { Engine } from '../../../engine/engine';
import type { DriverAnswer } from '../../../engine/migration/control-socket';
import { insistOnOwnPages } from '../../../engine/migration/own-pages';
import type { HeldTicket } from '../../../engine/migration/tickets';
import { defaultRoots, layout } from '../../../engine/paths';

type Needed = Parameters<typeof insistOnOwnPages>[0];

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'carryon-own-pages-'));
});
afterEach(() => rm(root, { recursive: true }));

const place = () => layout({ ...defaultRoots, run: root });

async function leave(file: string, text: string): Promise<void> {
  const path = join(place().handoff('m-1'), file);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

/** What a driver that was ready leaves behind. */
async function driverWasThere(): Promise<void> {
  await leave('config', 'epoch=3\n');
  await leave('events.ndjson', '{"t":1,"step":"prepare","state":"ready"}\n');
}

function engine(strategy: Strategy, status?: DriverAnswer | Error): Needed {
  const held = { role: 'destination', ticket: { migration: 'm-1', strategy, source: { cluster: 'edge' } } } as HeldTicket;
  return {
    layout: place(),
    tickets: { at: (epoch: number) => Promise.resolve(epoch === 3 ? held : undefined) } as Engine['tickets'],
    drivers: {
      alive: () => Promise.resolve(status !== undefined),
      ask: () => (status === undefined || status instanceof Error ? Promise.reject(status ?? new Error('no driver')) : Promise.resolve(status)),
    } as Partial<Engine['drivers']> as Engine['drivers'],
    sandbox: { find: () => Promise.resolve({ pid: 1, freezer: join(root, 'freezer'), appCgroups: [] }) } as Partial<Engine['sandbox']> as Engine['sandbox'],
  };
}

const leaving = (arrived: Needed) => insistOnOwnPages(arrived, { epoch: 3 });
const owing = expect.objectContaining({ code: 'owing' }) as unknown;

describe('a service that came by post-copy', () => {
  it('cannot leave while its driver waits for pages', () => expect(leaving(engine('post-copy', { ok: true, pagesDone: false }))).rejects.toEqual(owing));

  it('can leave when its driver has them all', () => expect(leaving(engine('post-copy', { ok: true, pagesDone: true }))).resolves.toBeUndefined());

  it('cannot leave when its driver died before it had them all', async () => {
    await driverWasThere();
    await expect(leaving(engine('post-copy'))).rejects.toEqual(owing);
  });

  it('cannot leave when its driver dies of the question', async () => {
    await driverWasThere();
    await expect(leaving(engine('post-copy', new UnavailableError('driver-gone', 'gone')))).rejects.toEqual(owing);
  });

  it('can leave when its driver noted before it ended that it has them all', async () => {
    await driverWasThere();
    await leave('pages-whole', '');
    await expect(leaving(engine('post-copy'))).resolves.toBeUndefined();
  });

  it('can leave when its container was restarted since', () => expect(leaving(engine('post-copy'))).resolves.toBeUndefined());
});

describe('a service that came by stop-and-copy', () => {
  it('cannot leave before its driver has let it run', () => expect(leaving(engine('stop-and-copy', { ok: true, pagesDone: false }))).rejects.toEqual(owing));

  it.each([
    ['version 1', 'freezer.state', 'FROZEN\n'],
    ['version 2', 'cgroup.freeze', '1\n'],
  ])('cannot leave when its driver died between the record of the commit and the thaw (cgroups of %s)', async (_version, file, text) => {
    await driverWasThere();
    await mkdir(join(root, 'freezer'));
    await writeFile(join(root, 'freezer', file), text);
    await expect(leaving(engine('stop-and-copy'))).rejects.toEqual(owing);
  });

  it('can leave when its driver is gone', async () => {
    await driverWasThere();
    await expect(leaving(engine('stop-and-copy'))).resolves.toBeUndefined();
  });
});
