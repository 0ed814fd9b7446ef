import { describe, expect, it } from '@jest/globals';
import { setTimeout as pause } from 'node:timers/promises';
import type { Run } from '../../../engine/network/command';
import { awaitHandshake } from '../../../engine/network/tunnel';

const peer = { cluster: 'cloud', publicKey: 'KEY=' } as Parameters<typeof awaitHandshake>[2];
const nowSeconds = () => Math.round(Date.now() / 1000);

/** A tunnel whose listings say this. */
const tunnel = (handshake: () => number, bytes: () => number): Run => ({ argv }) =>
  Promise.resolve(argv.includes('transfer') ? `OTHER=\t9\t9\nKEY=\t${bytes()}\t9` : `OTHER=\t9\nKEY=\t${handshake()}`);

describe('a peer is taken for one that answers', () => {
  it('when its handshake was lately', async () => {
    await expect(awaitHandshake(tunnel(() => nowSeconds() - 100, () => 0), 'tunnel', peer)).resolves.toBeUndefined();
  });

  it.each([['ahead', -3_600], ['back', 3_600]])('when it is heard, though the wall clock went an hour %s since its handshake', async (_, seconds) => {
    let bytes = 5;
    let over = false;
    const answered = awaitHandshake(tunnel(() => nowSeconds() + seconds, () => bytes), 'tunnel', peer).then(() => (over = true));
    await pause(200);
    expect(over).toBe(false);
    bytes = 6;
    await answered;
  });

  it('not by bytes alone: without a handshake nothing that it sent can be read', async () => {
    let bytes = 0;
    let handshake = 0;
    let over = false;
    const answered = awaitHandshake(tunnel(() => handshake, () => bytes++), 'tunnel', peer).then(() => (over = true));
    await pause(200);
    expect(over).toBe(false);
    handshake = nowSeconds();
    await answered;
  });
});
