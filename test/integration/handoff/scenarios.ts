import { connect } from 'node:net';
import { expect } from '@jest/globals';
import { fenceRuleset, openFenceCommand } from '../../../engine/network/ruleset';
import { copies, unharmed, written } from './expectations';
import { address, pause, type Pair, type PairOptions } from './pair';

/** What an honest driver is expected to do, and one that was robbed of a rule is seen to fail at. The caller says which driver the pair has. */
export type Begin = (options: PairOptions) => Promise<Pair>;

const journalled = async (pair: Pair, ...states: string[]) => states.includes((await pair.state('source')) ?? '');

/** The destination has the commit, and stands still before it writes that down. */
export async function doubtFreezesBoth(begin: Begin): Promise<void> {
  const pair = await begin({ faults: { destination: 'journal-running=stop' }, config: { source: ['answerwithin=1500'] } });
  const doubt = { ok: false, code: 'in-doubt' };
  const answer = await pair.ctl('source', 'handoff');
  expect(await copies(pair)).toEqual({ source: 'frozen', destination: 'frozen' });
  expect(answer).toMatchObject(doubt);
  const refusal = await pair.ctl('source', 'abort');
  expect(await copies(pair)).toEqual({ source: 'frozen', destination: 'frozen' });
  expect(refusal).toMatchObject({ ...doubt, state: 'handedOff' });
  await pair.kill('source', '^/opt/carryon/bin/handoff source');
  await pair.revive('source');
  expect(await pair.ctl('source', 'status')).toMatchObject({ ok: true, state: 'handedOff' });
  expect(await copies(pair)).toEqual({ source: 'frozen', destination: 'frozen' });
  await pair.kill('destination', '^/opt/carryon/bin/handoff destination', 'CONT');
  await pair.until(() => journalled(pair, 'owing', 'relaying'), 'commit');
  expect(await pair.ask('e')).toBe('e');
  expect(await pair.state('destination')).toBe('running');
}

/** Each side is told to give up by a peer of another epoch. */
export async function otherEpochsHaveNoSay(begin: Begin): Promise<void> {
  const pair = await begin({ faults: { source: 'commit=fail' }, config: { source: ['answerwithin=1000'], destination: ['deadline=60000'] } });
  expect(await pair.ctl('source', 'handoff')).toMatchObject({ ok: false, code: 'in-doubt' });
  await pair.run('source', `node /fixtures/other-epoch.js tell ${address.destination}:7444`);
  expect(await pair.state('destination')).toBe('gated');
  await pair.kill('destination', '^/opt/carryon/bin/handoff destination');
  await pair.run('destination', 'node /fixtures/other-epoch.js answer 7444');
  expect(await pair.state('source')).toBe('handedOff');
  expect(await copies(pair)).toEqual({ source: 'frozen', destination: 'frozen' });
}

const counters = `add chain ip carryon out_of_it { type filter hook forward priority 0; }
add rule ip carryon out_of_it iifname vh counter
add chain ip carryon into_it { type filter hook postrouting priority 300; }
add rule ip carryon into_it oifname vh counter
`;

/** Packets that passed the destination's fence, either way. */
async function passed(pair: Pair): Promise<{ out: number; in: number }> {
  const count = async (chain: string) => Number(/packets (\d+)/.exec(await pair.run('destination', `nft list chain ip carryon ${chain}`))?.[1]);
  return { out: await count('out_of_it'), in: await count('into_it') };
}

/** Somebody who comes by another way than the packets that are held. */
const knock = () => new Promise<void>((resolve) => {
  const socket = connect(8080, address.destination);
  socket.on('error', () => undefined).on('close', () => resolve()).setTimeout(300, () => socket.destroy());
});

/** Behind the fence of the product, a copy that has clients is restored and discarded at its deadline. */
export async function discardedCopyIsNeverHeard(begin: Begin, fence = fenceRuleset(true)): Promise<void> {
  const pair = await begin({ faults: { source: 'commit=fail' }, config: { destination: ['deadline=2000', `fenceopen=${openFenceCommand}`] } });
  // A destination that was no relay before has the route to the service from the start.
  await pair.run('destination', 'ip route replace 10.99.0.2 dev vh; nft flush chain ip carryon fence; nft -f -', `${fence}\n${counters}`);
  const { seen } = pair.client();
  await pause(500);
  const handoff = pair.ctl('source', 'handoff');
  await pair.until(() => journalled(pair, 'handedOff'), 'doubt');
  await knock();
  expect(await handoff).toMatchObject({ ok: false, code: 'discarded', state: 'running' });
  expect((await pair.states('destination')).slice(-2)).toEqual(['gated', 'discarded']);
  expect(await passed(pair)).toEqual({ out: 0, in: 0 });
  unharmed(await seen());
  expect(await pair.processes('destination')).toBe(0);
}

/** Nothing of what was sent ahead is kept: every page has to be asked for. */
export const asked = 'pages-kept=fail';

/** So much memory that the debt lasts for a while; each chunk of pages comes late, and less late where the test waits for all of them. */
export async function owing(begin: Begin, delayMs = 40, megabytes = 256): Promise<Pair> {
  const pair = await begin({ megabytes, faults: { destination: `${asked},pages=delay:${delayMs}` } });
  await pair.must('source', 'handoff');
  expect(await pair.state('source')).toBe('owing');
  return pair;
}

export const endsOfCriu = [
  ['ends', 'kill -9'],
  ['sees its page connection closed cleanly', '/fixtures/shut'],
] as const;

/** The CRIU of the source comes to its own end while pages are owed. */
export async function debtOutlivesCriu(begin: Begin, command: string): Promise<void> {
  const pair = await owing(begin, 10, 128);
  const [criu] = await pair.pid('source', '[s]wrk');
  await pair.run('source', `${command} ${criu}`);
  const before = await written(pair, 'source');
  await pause(300); // whatever it does at its end
  expect({ copy: (await copies(pair)).source, wrote: (await written(pair, 'source')) - before }).toEqual({ copy: 'frozen', wrote: 0 });
  expect(await pair.processes('source')).toBe(1);
  expect(await pair.ctl('destination', 'finish')).toMatchObject({ ok: true, state: 'running' });
  await pair.until(() => journalled(pair, 'relaying'), 'retired source');
  await pair.until(async () => !(await pair.run('destination', 'cat /proc/[0-9]*/cmdline /proc/[0-9]*/comm 2>/dev/null | tr "\\0" " "')).includes('lazy-pages'), 'end of all that brought pages');
}

/** A client has the service (`S`), or a child that it forks (`C`), read all its memory; the answer so far. */
function checksum(by: 'S' | 'C'): { answer: () => string; leave: () => void } {
  let answer = 'none';
  const socket = connect(8080, address.source, () => socket.write(by));
  socket.on('data', (data) => { answer = data.toString(); }).on('error', ({ message }) => { answer = message; }).on('close', () => { if (answer === 'none') answer = 'closed'; });
  return { answer: () => answer, leave: () => socket.removeAllListeners('close').destroy() };
}

/** The page daemon dies while the service reads, or a child that was born meanwhile; then it is let run, as if nobody had frozen it in time. */
export async function lostPagesAreNotMadeUp(begin: Begin, by: 'S' | 'C' = 'S'): Promise<void> {
  const pair = await owing(begin);
  const reader = checksum(by);
  try {
    if (by === 'C') await pair.until(async () => (await pair.processes('destination')) === 2, 'child');
    await pair.kill('destination', 'lazy-pages');
    await pair.until(async () => (await pair.state('destination')) === 'waiting', 'waiting service');
    expect(await copies(pair)).toEqual({ source: 'frozen', destination: 'frozen' });
    expect(await pair.outcome('destination')).toBe('waiting');
    expect(await pair.state('source')).toBe('owing');
    expect(await pair.processes('source')).toBe(1);
    await pair.thaw('destination');
    for (const end = Date.now() + 2000; reader.answer() === 'none' && Date.now() < end;) await pause(50);
    expect({ answer: reader.answer(), copy: (await copies(pair)).destination }).toEqual({ answer: 'none', copy: 'runs' });
  } finally {
    reader.leave();
  }
}
