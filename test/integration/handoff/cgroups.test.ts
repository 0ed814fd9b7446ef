import { execa } from 'execa';
import { describe, expect, test } from '@jest/globals';
import { useWorkshop } from './workshop';

const workshop = useWorkshop();
const memory = '/sys/fs/cgroup/memory/carryon-memory';
/** On version 2 there is one hierarchy: the freezer's group is the limits' group, and the sandbox's tests look at it. */
const separate = execa('docker', ['info', '--format', '{{.CgroupVersion}}']).then(({ stdout }) => stdout.trim() === '1');

describe('the cgroups of an application that has arrived', () => {
  test('hold every process and thread; its memory counts there, and the limit ends what goes beyond', async () => {
    if (!(await separate)) return;
    const pair = await workshop.start({ megabytes: 64, threads: 4, processes: 3, config: { destination: [`appcgroups=${memory}/cgroup.procs`] } });
    await pair.run('destination', `mkdir ${memory}; echo 134217728 > ${memory}/memory.limit_in_bytes`);
    await pair.drivers();
    await pair.must('source', 'handoff');
    await pair.must('destination', 'finish');
    const members = async (path: string) => (await pair.run('destination', `sort -n ${path}/tasks`)).split('\n');
    expect(await members(memory)).toHaveLength(3 + 3);
    expect(await members('$(cat /run/carryon/freezer)')).toEqual(await members(memory));
    expect(Number(await pair.run('destination', `cat ${memory}/memory.usage_in_bytes`))).toBeGreaterThan(64 << 20);
    expect(await pair.ask('M')).toBe('M 9');
    expect(await pair.ask('e')).toBe('e');
  }, 90_000);
});
