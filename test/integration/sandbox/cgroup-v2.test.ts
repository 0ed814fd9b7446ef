import { afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { buildRuntime, Outer } from './support/outer';

jest.setTimeout(120_000);

/** A host of version 1 has the second hierarchy too, without controllers: enough for all but the limits. */
describe('on cgroup v2', () => {
  let outer: Outer;
  beforeAll(buildRuntime, 900_000);
  afterEach(() => outer.remove());

  const begin = async () => {
    outer = await Outer.run(['--env', 'CGROUP_ROOT=/cg2']);
    await outer.sh('[ -e /sys/fs/cgroup/cgroup.controllers ] && ln -s /sys/fs/cgroup /cg2 || { mkdir /cg2 && mount -t cgroup2 none /cg2; }');
  };

  it('the application alone is in a cgroup that freezes and thaws', async () => {
    await begin();
    const { pid, freezer, appCgroups } = await outer.start('while :; do echo tick; sleep 0.05; done');
    await outer.logContains('tick');
    expect(freezer).toBe('/cg2/carryon-sandbox/app');
    expect(appCgroups).toEqual([`${freezer}/cgroup.procs`]);
    expect(await outer.sh(`cat /cg2/carryon-sandbox/cgroup.procs`)).toBe(String(pid));
    await outer.sh(`echo 1 > ${freezer}/cgroup.freeze; until grep -q 'frozen 1' ${freezer}/cgroup.events; do sleep 0.01; done; sleep 0.2`);
    const frozen = (await outer.logs()).stdout;
    await outer.sh('sleep 0.5');
    expect((await outer.logs()).stdout).toBe(frozen);
    await outer.sh(`echo 0 > ${freezer}/cgroup.freeze; sleep 0.5`);
    expect((await outer.logs()).stdout.length).toBeGreaterThan(frozen.length);
  });

  it('a frozen application is destroyed, and its cgroups with it', async () => {
    await begin();
    const { freezer } = await outer.start('sleep 1000');
    await outer.verb('init', 'main none');
    await outer.sh(`echo 1 > ${freezer}/cgroup.freeze; sleep 0.2`);
    await outer.verb('destroy');
    expect(await outer.sh('ls -d /cg2/carryon-sandbox 2>/dev/null | wc -l')).toBe('0');
  });

  it('a limit that the host cannot keep is refused before anything starts', async () => {
    await begin();
    if ((await outer.sh('cat /cg2/cgroup.controllers')).includes('memory')) return;
    await expect(outer.start('sleep 1000', { memoryBytes: 64 * 1024 * 1024 })).rejects.toThrow(/this host cannot limit memory/);
    expect(await outer.verb('find')).toBeNull();
  });
});
