import { describe, expect, it } from '@jest/globals';
import { execa } from 'execa';
import { createRun, type Command } from '../../../engine/network/command';
import { flows, relayedConnections } from '../../../engine/network/relayed';

/** Answers as a run does whose program fails with these words: the `already` of the command decides. */
const failing = (words: string) => ({ already }: Command) => {
  if (already?.test(words) === true) return Promise.resolve('');
  return Promise.reject(new Error(words));
};

/** As nft lists a table; an empty map or set has no elements to tell of. */
const listing = (maps: Record<string, unknown[] | undefined>, sets: Record<string, unknown[] | undefined>) => () =>
  Promise.resolve(JSON.stringify({ nftables: [
    { metainfo: { version: '1.1.3' } }, { table: { name: 'carryon' } }, { map: { name: 'other', elem: [['eth0', 1]] } },
    ...Object.entries(maps).map(([name, elem]) => ({ map: { name, elem } })), ...Object.entries(sets).map(([name, elem]) => ({ set: { name, elem } })), { chain: { name: 'forward' } },
  ] }));

describe('relayed connections', () => {
  it('are none in a container that was made anew and has no table yet', async () => {
    const run = failing('Error: No such file or directory\nlist table ip carryon');
    await expect(relayedConnections(run, 'vx1')).resolves.toBe(0);
    await expect(flows(run)).resolves.toEqual([]);
  });

  it('are those of other places than the one where the service is', async () => {
    const flow = (port: number, mark: number) => [{ concat: ['198.51.100.7', port, 'tcp', 8080] }, mark];
    const elem = [flow(40_001, 1), flow(40_002, 101), flow(40_003, 102)];
    const run = listing({ flows: elem }, { ended_to: undefined, ended_from: undefined });
    await expect(relayedConnections(run, 'vx1')).resolves.toBe(2);
    await expect(relayedConnections(run, 'vx3')).resolves.toBe(3);
    await expect(relayedConnections(run, 'vh')).resolves.toBe(0);
  });

  it('are over when they have ended in both directions, not when they are half-closed', async () => {
    const key = (port: number) => ({ concat: ['198.51.100.7', port, 'tcp', 8080] });
    const run = listing({ flows: [1, 2, 3, 4].map((port) => [key(port), 1]) }, { ended_to: [key(1), key(2)], ended_from: [key(2), key(3)] });
    await expect(relayedConnections(run, 'vx1')).resolves.toBe(3);
  });

  it('are an error when nft fails for another reason', async () => {
    await expect(flows(failing('netlink: Error: cache initialization failed: Operation not permitted'))).rejects.toThrow(/not permitted/);
  });

  it('know the words of the real nft for a table that is not there', async () => {
    const prefix = ['unshare', '--net'];
    const { failed } = await execa('unshare', ['--net', 'nft', 'list', 'tables'], { reject: false });
    expect(failed).toBe(false);
    await expect(flows(createRun(prefix))).resolves.toEqual([]);
  });
});
