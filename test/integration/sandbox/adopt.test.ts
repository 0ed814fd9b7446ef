import { afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { buildRuntime, Outer } from './support/outer';

jest.setTimeout(120_000);

describe('a sandbox that waits for a restored application', () => {
  let outer: Outer;
  beforeAll(buildRuntime, 900_000);
  afterEach(() => outer.remove());
  const tool = (line: string) => outer.sh(`/opt/carryon/bin/sandbox ${line}`);

  it('has nothing in it but PID 1', async () => {
    outer = await Outer.run();
    const { pid } = await outer.start('true', { mode: 'adopt' });
    expect(await tool(`list ${pid}`)).toBe('');
    expect(await tool(`maxpid ${pid}`)).toBe('0');
  });

  it('shows files that a peer puts into its upper layer, also beside what is mounted', async () => {
    outer = await Outer.run();
    const { pid } = await outer.start('true', { mode: 'adopt', volumes: [] });
    await outer.sh(`cd /var/lib/carryon/layer/upper && echo later > etc/passwd && echo new > etc/new && mkdir -p srv/deep && echo deep > srv/deep/file && mkdir -p usr/bin && echo tool > usr/bin/tool`);
    const seen = await tool(`run ${pid} -- /usr/bin/cat /etc/passwd /etc/new /srv/deep/file /usr/bin/tool`);
    expect(seen).toBe('later\nnew\ndeep\ntool');
  });

  it('gives tools a PID below 300, and the next process the PID that was set', async () => {
    outer = await Outer.run();
    const { pid } = await outer.start('true', { mode: 'adopt' });
    await tool(`lastpid ${pid} 4999`);
    const inner = await tool(`run ${pid} -- /usr/bin/bash -c 'echo $$; (exec /usr/bin/true) & echo $!'`).catch(() => '');
    expect(inner.split('\n').map(Number)).toEqual([299, 5000]);
  });

  it('names a PID that is no sandbox', async () => {
    outer = await Outer.run();
    await expect(tool('lastpid 99999 1000')).rejects.toThrow(/99999.*No such process/);
    await expect(tool('lastpid')).rejects.toThrow(/usage: sandbox/);
    await expect(tool('maxpid 0')).rejects.toThrow(/usage: sandbox/);
  });

  it('does not lose its application when the engine dies: it is found again', async () => {
    outer = await Outer.run();
    const made = await outer.start('true', { mode: 'adopt' });
    expect(await outer.verb('find')).toEqual(made);
    await outer.sh(`kill -KILL ${made.pid}; sleep 0.3`);
    expect(await outer.verb('find')).toBeNull();
  });
});
