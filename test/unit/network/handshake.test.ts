import { describe, expect, it } from '@jest/globals';
import { setTimeout as pause } from 'node:timers/promises';
import type { Run } from '../../../engine/network/command';
import { awaitHandshake } from '../../../engine/network/tunnel';

const peer = { cluster: 'cloud', publicKey: 'KEY=' } as Parameters<typeof awaitHandshake>[2];
const nowSeconds = () => Math.round(Date.now() / 1000);

/** A tunnel whose listings say this. */
const tunnel = (handshake: () => number, bytes: () => number, knocked: string[] = []): Run => ({ argv }) => {
  if (argv[0] === 'node') return Promise.resolve(void knocked.push(argv.at(-1) ?? '')).then(() => '');
  return Promise.resolve(argv.includes('transfer') ? `OTHER=\t9\t9\nKEY=\t${bytes()}\t9` : `OTHER=\t9\nKEY=\t${handshake()}`);
};

describe('a peer is taken for one that answers', () => {
  it('when its handshake was lately', async () => {
    await expect(awaitHandshake(tunnel(() => nowSeconds() - 100, () => 0), 'tunnel', peer, '10.0.0.1')).resolves.toBeUndefined();
  });

  it.each([['ahead', -3_600], ['back', 3_600]])('when it answers a knock, though the wall clock went an hour %s since its handshake', async (_, seconds) => {
    let bytes = 5;
    const knocked: string[] = [];
    let over = false;
    const answered = awaitHandshake(tunnel(() => nowSeconds() + seconds, () => bytes, knocked), 'tunnel', peer, '10.0.0.1').then(() => (over = true));
    await pause(200);
    expect(over).toBe(false);
    expect(knocked).toEqual(['10.0.0.1']);
    // It asks for a handshake, again and again, and hears no answer.
    bytes += 3 * 148;
    await pause(200);
    expect(over).toBe(false);
    bytes += 32;
    await answered;
  });

  it('not by bytes alone: without a handshake nothing that it sent can be read', async () => {
    let bytes = 0;
    let handshake = 0;
    let over = false;
    const answered = awaitHandshake(tunnel(() => handshake, () => bytes++), 'tunnel', peer, '10.0.0.1').then(() => (over = true));
    await pause(200);
    expect(over).toBe(false);
    handshake = nowSeconds();
    await answered;
  });
});
