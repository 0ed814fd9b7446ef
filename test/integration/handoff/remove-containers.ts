import { writeFile } from 'node:fs/promises';
import { execa } from 'execa';

const thawEveryMs = 500;

/** With their volumes, and with what is frozen in them: where cgroups are of version 1, frozen processes die only when they are thawed. By id or name; one that is not there is gone. */
export async function removeContainers(containers: string[]): Promise<void> {
  await Promise.all(containers.map(remove));
}

async function remove(container: string): Promise<void> {
  const { stdout: id, failed } = await execa('docker', ['inspect', '--format', '{{.Id}}', container], { reject: false });
  if (failed) return;
  const { stdout } = await execa('find', ['/sys/fs/cgroup', '-path', `*${id}*`, '-name', 'freezer.state'], { reject: false });
  const freezers = stdout.split('\n').filter(Boolean).reverse();
  const removal = execa('docker', ['rm', '--force', '--volumes', id], { reject: false });
  // A driver that is not dead yet freezes again what is thawed.
  const thaw = () => freezers.forEach((file) => void writeFile(file, 'THAWED').catch(() => undefined));
  const timer = setInterval(thaw, thawEveryMs);
  try {
    const { failed: stays, stderr } = await removal;
    if (stays && !stderr.includes('No such container')) throw new Error(`docker cannot remove ${container}: ${stderr}`);
  } finally {
    clearInterval(timer);
  }
}
