import { RefusedError } from '../../domain/errors';

/** What a host tells a container of the runtime image without privileges. */
export interface HostProbe {
  architecture: string;
  kernel: string;
  cpuinfo: string;
  meminfo: string;
  /** `df -Pk` of the directory of images, which is a volume of Docker's. */
  disk: string;
  criu: string;
  /** Contents of /proc/net/{tcp,tcp6,udp,udp6}; the host's own where the container shares its network. */
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

/** Shell, for such a container; it writes what `parseProbe` reads. */
export const probeScript = commands.join(`; echo '${mark}'; `);

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
