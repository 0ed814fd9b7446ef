import { posix } from 'node:path';
import { CarryonError } from '../../domain/errors';
import type { Confinement } from '../../domain/service';
import { capabilities } from '../sandbox/oci-config';

/** What an ambassador says of itself: what its container engine has made of the user's deployment, names and secrets resolved. */
export interface Greeting {
  command: string[];
  env: Record<string, string>;
  workdir: string;
  /** `uid:gid`. */
  user: string;
  hostname: string;
  confinement: Confinement;
  /** The same as long as the image below is the same; not a digest of its content. */
  imageFrom: string;
}

/** `key=value` texts, each ended by a zero byte; engine/native/ambassador.c writes them. */
export function parseGreeting(text: string): Greeting {
  const entries = text.split('\0').slice(0, -1).map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)] as const);
  const all = (key: string) => entries.flatMap(([name, value]) => (name === key ? [value] : []));
  const one = (key: string) => all(key)[0] ?? missing(key);
  const status = new Map(all('status').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]));
  const ids = (name: string) => (status.get(name) ?? missing(name)).split(/\s+/).filter(Boolean).map(Number);
  return {
    command: all('arg'),
    env: Object.fromEntries(all('env').map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)])),
    workdir: one('cwd'),
    user: `${ids('Uid')[1] ?? 0}:${ids('Gid')[1] ?? 0}`,
    hostname: one('hostname'),
    confinement: {
      additionalGids: ids('Groups'),
      // More than these no outer container has, nor gives.
      capabilities: capabilityNames(BigInt(`0x${status.get('CapBnd') ?? missing('CapBnd')}`)).filter((name) => capabilities.includes(name)),
      noNewPrivileges: status.get('NoNewPrivs') === '1',
      readOnlyRoot: mountOptions(one('root')).includes('ro'),
      umask: Number.parseInt(status.get('Umask') ?? missing('Umask'), 8),
    },
    imageFrom: sourceOf(one('root')),
  };
}

function missing(what: string): never {
  throw new CarryonError(`The ambassador did not say its ${what}.`, { code: 'bad-greeting', recovery: 'human', next: 'The runtime image of the outer container and that of the ambassador have to be of one version.' });
}

/** Bits of the kernel's capability sets, in its order (linux/capability.h). */
const kernelOrder = `CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER
  SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP
  MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE`.trim().split(/\s+/);

const capabilityNames = (set: bigint) => kernelOrder.flatMap((name, bit) => ((set >> BigInt(bit)) & 1n ? [`CAP_${name}`] : []));

/** A line of mountinfo: options of the mount, and after the dash type, source and options of the file system. */
const mountOptions = (line: string) => (line.split(' ')[5] ?? '').split(',');

/** Of an overlay its layers below: what is above belongs to one container. Of anything else all that is known. */
function sourceOf(line: string): string {
  const [, ofFileSystem = ''] = line.split(' - ');
  return /lowerdir=([^,]+)/.exec(ofFileSystem)?.[1] ?? `${posix.normalize(line.split(' ')[3] ?? '/')} ${ofFileSystem}`;
}
