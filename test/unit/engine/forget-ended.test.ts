import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { dismissEarlier } from '../../../engine/migration/dismiss-earlier';
import { forgetEnded } from '../../../engine/migration/forget-ended';

let parent: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'carryon-forget-'));
  for (const name of ['earlier', 'living', 'present']) {
    await mkdir(join(parent, name, 'images'), { recursive: true });
    await writeFile(join(parent, name, 'config'), '');
  }
});
afterEach(() => rm(parent, { recursive: true, force: true }));

describe('files of earlier migrations', () => {
  it('go when their driver has ended; those of a living driver and of this migration stay, and the cache of CRIU', async () => {
    await writeFile(join(parent, 'criu.kdat'), '');
    await forgetEnded(join(parent, 'present'), (dir) => Promise.resolve(basename(dir) !== 'living'));
    expect((await readdir(parent)).sort()).toEqual(['criu.kdat', 'living', 'present']);
  });
});

describe('drivers of earlier arrivals', () => {
  it('are asked to leave when they live, the present one is not, and nobody waits for one that refuses', async () => {
    const asked: string[] = [];
    const dismiss = (dir: string) => {
      asked.push(basename(dir));
      return Promise.reject(new Error('it owes pages'));
    };
    await dismissEarlier(join(parent, 'present'), { alive: (dir) => Promise.resolve(basename(dir) !== 'earlier'), dismiss });
    expect(asked).toEqual(['living']);
  });
});
