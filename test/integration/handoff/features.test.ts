import { execa } from 'execa';
import { describe, expect, test } from '@jest/globals';
import { container, pause } from './pair';
import { useWorkshop } from './workshop';

const workshop = useWorkshop();
const environment = { FEATURES: '1' };
const everything = 'flock=1 posix-lock=1 deleted=1 linked=1 terminal=1 daemon=1 limit=1 hidden=1 stops=0';
const leftovers = 'cd /proc/$(cat /run/carryon/sandbox.pid)/root/data; ls -A';

describe('what a process holds', () => {
  test.each(['post-copy', 'stop-and-copy'] as const)('arrives with it: locks, nameless files, terminals, daemons, limits; and it saw no stop (%s)', async (strategy) => {
    const pair = await workshop.begin({ environment, strategy });
    expect(await pair.ask('X')).toBe(everything);
    for (const verb of strategy === 'post-copy' ? ['handoff'] : ['freeze', 'final-dump', 'transfer', 'restore', 'commit']) await pair.must('source', verb);
    expect(await pair.ctl('destination', 'finish')).toMatchObject({ ok: true });
    expect(await pair.ask('X')).toBe(everything);
    expect((await pair.run('destination', leftovers)).split('\n').sort()).toEqual(['flocked', 'other-name', 'posix-locked']);
  }, 90_000);

  test.each([
    ['before the freeze', { source: 'images=fail' }],
    ['after the freeze', { destination: 'restore=fail' }],
  ])('stays with it when the handoff is given up %s, and CRIU leaves no name in its files', async (_when, faults) => {
    const pair = await workshop.begin({ environment, faults });
    expect(await pair.ctl('source', 'handoff')).toMatchObject({ ok: false, state: 'running' });
    expect(await pair.ask('X')).toBe(everything);
    expect((await pair.run('source', leftovers)).split('\n').sort()).toEqual(['flocked', 'other-name', 'posix-locked']);
  }, 90_000);
});

describe('the exit status of an application', () => {
  test('that has arrived is that of its outer container', async () => {
    const pair = await workshop.begin();
    await pair.must('source', 'handoff');
    await pair.run('destination', `node -e "const s=require('net').connect('/run/carryon/init.sock',()=>s.write('main '+require('fs').readFileSync('/run/carryon/sandbox.pid','utf8').trim()+'\\n'));s.on('data',()=>process.exit())"`);
    const ended = execa('docker', ['wait', container.destination]);
    void pair.ask('Q').catch(() => undefined); // no answer comes
    expect((await Promise.race([ended, pause(20_000)])) ?? {}).toMatchObject({ stdout: '42' });
  }, 90_000);
});
