import { execa } from 'execa';
import { writeFile } from 'node:fs/promises';
import { eventually } from './await';
import { docker } from './clusters';

/** The first process of an outer container, by which it is killed at once: the Docker client takes a moment. */
export async function firstProcess(cluster: string, service: string): Promise<{ pid: number; container: string }> {
  const [pid = '', container = ''] = (await docker(cluster, 'inspect', '--format', '{{.State.Pid}} {{.Id}}', service)).trim().split(' ');
  return { pid: Number(pid), container };
}

/** Dead, with all that is frozen in it: where cgroups are of version 1 frozen processes die only when they are thawed. */
export async function killContainer(cluster: string, { pid, container }: { pid: number; container: string }): Promise<void> {
  process.kill(pid, 'SIGKILL');
  const { stdout } = await execa('find', ['/sys/fs/cgroup', '-path', `*${container}*`, '-name', 'freezer.state'], { reject: false });
  await eventually('the end of the outer container', async () => {
    for (const file of stdout.split('\n').filter(Boolean).reverse()) await writeFile(file, 'THAWED').catch(() => undefined);
    return (await docker(cluster, 'inspect', '--format', '{{.State.Running}}', container)).trim() === 'false';
  });
}
