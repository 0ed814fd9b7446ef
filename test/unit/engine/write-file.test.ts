import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tunnelPublicKey } from '../../../engine/network/tunnel-key';
import { createDurably, writeDurably } from '../../../engine/write-file';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'write-file-'));
});
afterEach(() => rm(directory, { recursive: true }));

const many = Array.from({ length: 20 }, (_, index) => String(index));

describe('a file that is written durably', () => {
  it('is whole and alone, whoever else writes it at the same time', async () => {
    const file = join(directory, 'state');
    await Promise.all(many.map((text) => writeDurably(file, text)));
    expect(many).toContain(await readFile(file, 'utf8'));
    expect(await readdir(directory)).toEqual(['state']);
  });
});

describe('a file that is made once', () => {
  it('stays as the first one made it', async () => {
    const file = join(directory, 'key');
    await createDurably(file, 'first');
    await Promise.all(many.map((text) => createDurably(file, text)));
    expect(await readFile(file, 'utf8')).toBe('first');
    expect(await readdir(directory)).toEqual(['key']);
  });

  it('gives a tunnel the same key, however many ask for it at first', async () => {
    const keys = await Promise.all(many.map(() => tunnelPublicKey(join(directory, 'wg.key'))));
    expect(new Set(keys).size).toBe(1);
  });
});
