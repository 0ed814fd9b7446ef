import { execa } from 'execa';
import { afterEach, describe, expect, test } from '@jest/globals';
import { Pair, address, container, pause } from './pair';

let pair: Pair;
afterEach(async () => { await pair.end(); }, 60_000);

/** 256 MiB, so that the debt lasts for a while; each chunk of pages comes late. */
async function owing(): Promise<void> {
  pair = await Pair.start({ megabytes: 256, faults: { destination: 'pages=delay:40' } });
  await pair.drivers();
  await pair.must('source', 'handoff');
  expect(await pair.state('source')).toBe('owing');
}

describe('while pages are owed', () => {
  test('the death of the page daemon freezes the service, and no page reads as zeros', async () => {
    await owing();
    await pair.kill('destination', 'lazy-pages');
    await pair.until(async () => (await pair.state('destination')) === 'waiting', 'waiting service');
    expect(await pair.frozen('destination')).toBe(true);
    expect(await pair.outcome('destination')).toBe('waiting');
    expect(await pair.state('source')).toBe('owing');
    expect(await pair.frozen('source')).toBe(true);
    expect(await pair.processes('source')).toBe(1);
  }, 90_000);

  test('the death of the destination driver freezes the service too', async () => {
    await owing();
    const [driver] = await pair.pid('destination', '^/opt/carryon/bin/handoff destination');
    await pair.run('destination', `kill -9 ${driver}`);
    await pair.until(async () => (await pair.state('destination')) === 'waiting', 'waiting service');
    expect(await pair.frozen('destination')).toBe(true);
  }, 90_000);

  test.each([['aborted by the kernel', `ss -K dst ${address.source} sport = 7444`], ['reset on its way', 'nft add table ip cut; nft add chain ip cut in "{ type filter hook input priority 0; }"; nft add rule ip cut in tcp dport 7444 reject with tcp reset; sleep 2; nft delete table ip cut']])(
    'a page connection that is %s comes back, and every page arrives', async (_how, command) => {
      pair = await Pair.start({ megabytes: 256, faults: { destination: 'pages=delay:10' } });
      await pair.drivers();
      const { seen } = pair.client(12, 1);
      await pause(2000);
      await pair.must('source', 'handoff');
      await execa('docker', ['exec', container.destination, 'sh', '-c', command], { reject: false });
      expect(await pair.run('source', 'cat /run/carryon/handoff/m1/driver.log')).toContain('pages connection lost');
      expect(await pair.ctl('destination', 'finish')).toMatchObject({ ok: true });
      const client = await seen;
      expect(client).toMatchObject({ lost: 0, dead: false });
      expect(client.after).toBe(client.before);
      await pair.until(async () => (await pair.state('source')) === 'relaying', 'retired source');
    }, 120_000);
});
