import { rm } from 'node:fs/promises';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Ticket } from '../../../domain/migration';
import { ticketBetween, until, type PlayedEngine } from './two-engines';
import { usePair } from './use-pair';

let home: PlayedEngine;
let away: PlayedEngine;
/** The service goes from home to away in epoch 2. */
let there: Ticket;
/** A ticket of epoch 3 would bring it back. */
let back: Ticket;
usePair((pair) => {
  ({ source: home, destination: away, ticket: there } = pair);
  back = ticketBetween(away, home, pair.service, 3);
});
beforeEach(() => home.client.prepare({ ticket: there, role: 'source' }));

const hasLeft = () => home.journal('relaying', 2);
const comesBack = (ticket = back) => home.client.prepare({ ticket, role: 'destination' });
const retired = { code: 'retired', recovery: 'refuse' };

describe('an outer container that is retired', () => {
  it('takes no ticket and cannot be asked to stay', async () => {
    await hasLeft();
    await home.client.endRelay(2);
    expect(await home.client.status()).toMatchObject({ state: 'retired', epoch: 2, leaving: true });
    await expect(comesBack()).rejects.toMatchObject(retired);
    await expect(home.client.stay(1000)).rejects.toMatchObject(retired);
  });

  it.each(['engine', 'container'] as const)('stays so when its %s is restarted before it is removed', async (kind) => {
    await hasLeft();
    await home.client.endRelay(2);
    await home.restart(kind);
    await expect(comesBack()).rejects.toMatchObject(retired);
  });

  it('is followed by another one on the same volumes, which takes tickets', async () => {
    await hasLeft();
    await home.client.endRelay(2);
    // Its own layer is new.
    await rm(home.layout.opt, { recursive: true });
    await home.restart('container');
    const status = await home.client.status();
    expect(status).toMatchObject({ state: 'retired', epoch: 2 });
    expect(status.leaving).toBeUndefined();
    await comesBack();
    expect(await home.client.status()).toMatchObject({ state: 'armedD', epoch: 3 });
  });

  it('has either taken the ticket or is retired when both are asked at once, never both', async () => {
    await hasLeft();
    const [end, arm] = await Promise.allSettled([home.client.endRelay(2), comesBack()]);
    const { state, leaving = false } = await home.client.status();
    expect([end.status, arm.status].sort()).toEqual(['fulfilled', 'rejected']);
    expect(leaving).toBe(end.status === 'fulfilled');
    expect(state).toBe(end.status === 'fulfilled' ? 'retired' : 'armedD');
  });

  it('may have owed pages, when nobody needs them any more', async () => {
    await home.journal('owing', 2);
    await expect(home.client.endRelay(2)).rejects.toMatchObject({ code: 'not-relaying' });
    await home.client.endRelay(2, { owesNothing: true });
    expect(home.calls).toContain('sandbox destroyed');
    await expect(comesBack()).rejects.toMatchObject(retired);
  });
});

describe('a source whose pages nobody needs any more', () => {
  it('relays, without what is frozen, and a migration may come home', async () => {
    await home.journal('owing', 2);
    await expect(comesBack()).rejects.toMatchObject({ code: 'owing-debt' });
    home.driver.set('retire', async () => {
      await home.journal('relaying', 2);
      return { ok: true };
    });
    await home.client.forgetDebt(2);
    expect(home.calls).toContain('sandbox destroyed');
    expect(await home.client.status()).toMatchObject({ state: 'relaying', epoch: 2 });
    await home.client.forgetDebt(2);
    await comesBack();
  });

  it('is refused by a driver that takes the service back', async () => {
    await home.journal('owing', 2);
    home.driver.set('retire', () => Promise.resolve({ ok: false, code: 'taken-back', message: 'the service is taken back' }));
    await expect(home.client.forgetDebt(2)).rejects.toMatchObject({ code: 'taken-back' });
    expect(await home.client.status()).toMatchObject({ state: 'owing', epoch: 2 });
    expect(home.calls).not.toContain('sandbox destroyed');
  });

  it('relays also when what was frozen went with its container', async () => {
    await home.journal('owing', 2);
    await home.restart('container');
    await home.client.forgetDebt(2);
    expect(await home.client.status()).toMatchObject({ state: 'relaying', epoch: 2 });
    expect(home.calls).not.toContain('driver retire');
  });

  it('destroys nothing of a service that runs, or of another epoch', async () => {
    await home.client.forgetDebt(2);
    await home.journal('owing', 2);
    await home.client.forgetDebt(1);
    expect(await home.client.status()).toMatchObject({ state: 'owing', epoch: 2 });
    expect(home.calls).not.toContain('sandbox destroyed');
  });
});

describe('an outer container that was asked to stay', () => {
  it('is not retired until the migration has come or the time is over', async () => {
    await hasLeft();
    await home.client.stay(600);
    await expect(home.client.endRelay(2)).rejects.toMatchObject({ code: 'expected', recovery: 'retry' });
    expect(await home.client.status()).toMatchObject({ state: 'relaying', relaysFor: 2 });
    await until(() => home.client.endRelay(2));
    expect(await home.client.status()).toMatchObject({ state: 'retired' });
  });

  it('needs no time to pass when the migration came and was discarded', async () => {
    await hasLeft();
    await home.client.stay(3_600_000);
    await comesBack();
    await expect(home.client.endRelay(2)).rejects.toMatchObject({ code: 'not-relaying' });
    await home.client.step('discard');
    expect(await home.client.status()).toMatchObject({ state: 'discarded', epoch: 3, relaysFor: 2 });
    await home.client.endRelay(2);
    const status = await home.client.status();
    expect(status).toMatchObject({ state: 'discarded', leaving: true });
    expect(status.relaysFor).toBeUndefined();
    expect(home.calls).toContain('network gone');
  });
});
