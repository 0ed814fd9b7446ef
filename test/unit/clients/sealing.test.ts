import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openSealingKey, seal } from '../../../clients/authority/sealing';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'sealing-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

describe('what is sealed for a cluster', () => {
  it('is read by its coordinators, also after a restart, and shows nothing on its way', async () => {
    const { publicKey } = await openSealingKey(directory, 'west');
    const sealed = await seal('{"word":"swordfish"}', publicKey);
    expect(Buffer.from(sealed.split('.').join(''), 'base64url').toString('latin1')).not.toContain('swordfish');
    expect(publicKey).not.toContain('"d"');
    expect(await (await openSealingKey(directory, 'west')).open(sealed)).toBe('{"word":"swordfish"}');
  });

  it('is read by nobody else, and not when it was changed', async () => {
    const west = await openSealingKey(directory, 'west');
    const sealed = await seal('secret', west.publicKey);
    const other = await openSealingKey(directory, 'east');
    await expect(other.open(sealed)).rejects.toMatchObject({ code: 'seal-broken', recovery: 'refuse' });
    const [head, ...rest] = sealed.split('.');
    await expect(west.open([head, ...rest.slice(0, -1), 'AAAAAAAAAAAAAAAAAAAAAA'].join('.'))).rejects.toMatchObject({ code: 'seal-broken' });
  });

  it('has a key that only its owner can read', async () => {
    await openSealingKey(directory, 'west');
    const file = path.join(directory, 'west/sealing.key');
    expect(readFileSync(file, 'utf8')).toContain('PRIVATE KEY');
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });
});
