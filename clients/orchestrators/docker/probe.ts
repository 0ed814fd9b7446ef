import { RefusedError } from '../../../domain/errors';
import type { DockerContext } from './context';
import { runtimeImageMissing } from './create';
import { asking, isMissing } from './failure';

/** What a host tells a container without privileges that shares its network. */
export interface HostProbe {
  architecture: string;
  kernel: string;
  cpuinfo: string;
  meminfo: string;
  /** `df -Pk` of the volume of images. */
  disk: string;
  criu: string;
  /** Contents of /proc/net/{tcp,tcp6,udp,udp6}. */
  sockets: { tcp: string; udp: string };
}

const mark = '----carryon----';
const commands = [
  'uname -m',
  'uname -r',
  'cat /proc/cpuinfo',
  'cat /proc/meminfo',
  'df -Pk /var/lib/carryon-images',
  '/opt/carryon/criu/ld.so --library-path /opt/carryon/criu/lib /opt/carryon/criu/criu --version 2>&1 || true',
  'cat /proc/net/tcp /proc/net/tcp6',
  'cat /proc/net/udp /proc/net/udp6',
];

/** A container of the runtime image that lives for a moment: the daemon's own answers know neither the processor nor the host's sockets. */
export async function probeHost(context: DockerContext): Promise<HostProbe> {
  const { docker, config, image } = context;
  const output = await asking(config.id, 'probe the host', async () => {
    try {
      const container = await docker.createContainer({
        Image: image,
        Entrypoint: ['/bin/sh', '-c', commands.join(`; echo '${mark}'; `)],
        Tty: true,
        HostConfig: {
          NetworkMode: 'host',
          CapDrop: ['ALL'],
          Mounts: [{ Type: 'volume', Source: 'carryon-images', Target: '/var/lib/carryon-images', ReadOnly: true }],
        },
      });
      try {
        await container.start();
        await container.wait();
        return (await container.logs({ stdout: true, follow: false })).toString('utf8');
      } finally {
        await container.remove({ force: true });
      }
    } catch (error) {
      throw isMissing(error) ? runtimeImageMissing(image, config.id) : error;
    }
  });
  return parseProbe(output, config.id);
}

export function parseProbe(output: string, cluster: string): HostProbe {
  const parts = output.replaceAll('\r', '').split(mark).map((part) => part.trim());
  const [architecture, kernel, cpuinfo, meminfo, disk, criu, tcp, udp] = parts;
  if (parts.length !== commands.length || !architecture || !kernel) {
    throw new RefusedError('probe-failed', `The probe of cluster ${cluster} did not answer as expected: ${output.slice(0, 200)}`, {
      cluster,
      next: 'Build the runtime image anew with scripts/images.sh.',
    });
  }
  return { architecture, kernel, cpuinfo: cpuinfo ?? '', meminfo: meminfo ?? '', disk: disk ?? '', criu: criu ?? '', sockets: { tcp: tcp ?? '', udp: udp ?? '' } };
}
