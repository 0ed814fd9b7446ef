import { describe, expect, test } from '@jest/globals';
import { address, type Pair } from './pair';
import { useWorkshop } from './workshop';

const workshop = useWorkshop();
const directory = '/run/carryon/handoff/m1';
const cut = 'nft add table ip cut; nft add chain ip cut in "{ type filter hook input priority 0; }"; nft add rule ip cut in tcp dport 7444 reject with tcp reset';

/** Milliseconds from the word in the journal to the end of the driver. */
async function lingered(pair: Pair): Promise<number> {
  await pair.until(async () => (await pair.run('destination', `ls ${directory}`)).includes('exit'), 'end of the driver');
  const ended = Number(await pair.run('destination', `stat -c %.Y ${directory}/exit`)) * 1000;
  const written = (await pair.run('destination', 'grep discarded /var/lib/carryon/journal.ndjson')).split('"at":"')[1]?.slice(0, 23);
  return ended - Date.parse(`${written}Z`);
}

describe('a driver that has discarded', () => {
  test('ends as soon as the source knows: the next arrival waits for its port', async () => {
    const pair = await workshop.begin();
    expect(await pair.ctl('destination', 'discard')).toMatchObject({ ok: true, state: 'discarded' });
    expect(await lingered(pair)).toBeLessThan(2000);
    await pair.until(async () => (await pair.state('source')) === 'running', 'source that knows');
  }, 90_000);

  test('stays for a source that may have sent a commit and lost its connection', async () => {
    const pair = await workshop.begin({ faults: { source: 'commit=fail' }, config: { destination: ['deadline=4000'] } });
    const handoff = pair.ctl('source', 'handoff');
    await pair.until(async () => (await pair.state('source')) === 'handedOff', 'doubt');
    await pair.run('destination', `${cut}; ss -K dst ${address.source} sport = 7444 > /dev/null`);
    await pair.until(async () => (await pair.state('destination')) === 'discarded', 'discarded copy');
    expect(await pair.state('source')).toBe('handedOff');
    await pair.run('destination', 'nft delete table ip cut');
    await pair.until(async () => (await pair.state('source')) === 'running', 'source that was told');
    await handoff;
    expect(await pair.ask('e')).toBe('e');
    expect(await lingered(pair)).toBeLessThan(8000);
  }, 90_000);
});

describe('a driver of an arrival that is over', () => {
  test('gives its port to the next one when it is dismissed, and not before it is over', async () => {
    const pair = await workshop.begin({ strategy: 'stop-and-copy' });
    expect(await pair.ctl('destination', 'dismiss')).toMatchObject({ ok: false, code: 'not-done' });
    for (const step of ['freeze', 'final-dump', 'transfer', 'restore', 'commit']) await pair.must('source', step);
    // It cannot say that it has retired: the destination waits for that for a minute.
    await pair.kill('source', '^/opt/carryon/bin/handoff source');
    expect(await pair.ctl('destination', 'dismiss')).toMatchObject({ ok: true, state: 'running' });
    await pair.until(async () => (await pair.run('destination', `ls ${directory}`)).includes('exit'), 'end of the driver', undefined, 2000);
  }, 90_000);
});
