import type { ClockOffset } from '../ports';
import type { AppProcess } from './process';
import { seccompProfile } from './seccomp';

export interface OciRequest {
  mode: 'start' | 'adopt';
  process: AppProcess;
  hostname: string;
  rootfs: string;
  netns: string;
  clock?: ClockOffset;
  /** pid1 in the outer container. */
  pid1: string;
  /** Directory with hosts, hostname and resolv.conf. */
  etc: string;
  volumes: { source: string; destination: string; readOnly?: boolean }[];
  architecture: string;
}

/** Where the application's files of name resolution are, as container engines mount them. */
export const etcFiles = ['hosts', 'hostname', 'resolv.conf'] as const;
export const innerPid1 = '/dev/carryon-init';

/** Docker's default set. */
export const capabilities = words('CHOWN DAC_OVERRIDE FSETID FOWNER MKNOD NET_RAW SETGID SETUID SETFCAP SETPCAP NET_BIND_SERVICE SYS_CHROOT KILL AUDIT_WRITE').map((name) => `CAP_${name}`);

const maskedPaths = words(`/proc/asound /proc/acpi /proc/interrupts /proc/kcore /proc/keys /proc/latency_stats /proc/timer_list /proc/timer_stats
  /proc/sched_debug /proc/scsi /sys/firmware /sys/devices/virtual/powercap`);
const readonlyPaths = words('/proc/bus /proc/fs /proc/irq /proc/sys /proc/sysrq-trigger');

function words(text: string): string[] {
  return text.trim().split(/\s+/);
}

/** The OCI runtime's configuration of a sandbox; its process is our PID 1, which becomes (or adopts) the application. */
export function ociConfig(request: OciRequest) {
  const { process } = request;
  return {
    ociVersion: '1.1.0',
    // Outside start the image's directory may not be there yet, and looking for it would make the overlay remember that.
    process: ociProcess(process, request.mode === 'start' ? [innerPid1, 'start', '--', ...process.args] : [innerPid1, 'adopt'], request.mode === 'start' ? process.workdir : '/'),
    root: { path: request.rootfs, readonly: process.confinement?.readOnlyRoot ?? false },
    hostname: request.hostname,
    mounts: mounts(request),
    linux: {
      namespaces: [
        ...['pid', 'mount', 'ipc', 'uts', 'cgroup', 'time'].map((type) => ({ type })),
        { type: 'network', path: request.netns },
      ],
      timeOffsets: { monotonic: clockOffset(request.clock?.monotonicNs ?? 0n), boottime: clockOffset(request.clock?.boottimeNs ?? 0n) },
      // As Docker: low ports and ping need no privilege in a network namespace of one's own.
      sysctl: { 'net.ipv4.ip_unprivileged_port_start': '0', 'net.ipv4.ping_group_range': '0 2147483647' },
      seccomp: seccompProfile(request.architecture),
      maskedPaths,
      readonlyPaths,
    },
  };
}

/** Also what an exec session runs as. */
export function ociProcess(process: Omit<AppProcess, 'workdir' | 'args'>, args: string[], cwd: string) {
  const { user: { uid, gid, additionalGids }, confinement } = process;
  const bounding = confinement?.capabilities ?? capabilities;
  // A user other than root has them within reach of set-uid programs only.
  const own = uid === 0 ? bounding : [];
  return {
    terminal: false,
    user: { uid, gid, additionalGids: confinement?.additionalGids ?? additionalGids, ...(confinement?.umask !== undefined && { umask: confinement.umask }) },
    args,
    env: process.env,
    cwd,
    capabilities: { bounding, effective: own, permitted: own },
    noNewPrivileges: confinement?.noNewPrivileges ?? false,
  };
}

const nsPerSecond = 1_000_000_000n;

/** Nanoseconds are never negative there: -0.5 s is -1 s and 500 000 000 ns. */
export function clockOffset(ns: bigint): { secs: number; nanosecs: number } {
  const nanosecs = ((ns % nsPerSecond) + nsPerSecond) % nsPerSecond;
  return { secs: Number((ns - nanosecs) / nsPerSecond), nanosecs: Number(nanosecs) };
}

function mounts({ pid1, etc, volumes }: OciRequest) {
  const quiet = ['nosuid', 'noexec', 'nodev'];
  return [
    { destination: '/proc', type: 'proc', source: 'proc', options: quiet },
    { destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'strictatime', 'mode=755', 'size=65536k'] },
    { destination: '/dev/pts', type: 'devpts', source: 'devpts', options: ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', 'gid=5'] },
    { destination: '/dev/shm', type: 'tmpfs', source: 'shm', options: [...quiet, 'mode=1777', 'size=65536k'] },
    { destination: '/dev/mqueue', type: 'mqueue', source: 'mqueue', options: quiet },
    { destination: '/sys', type: 'sysfs', source: 'sysfs', options: [...quiet, 'ro'] },
    { destination: '/sys/fs/cgroup', type: 'cgroup', source: 'cgroup', options: [...quiet, 'relatime', 'ro'] },
    { destination: innerPid1, type: 'bind', source: pid1, options: ['bind', 'ro', 'nosuid', 'nodev'] },
    ...etcFiles.map((name) => ({ destination: `/etc/${name}`, type: 'bind', source: `${etc}/${name}`, options: ['bind', 'rprivate'] })),
    ...volumes.map(({ source, destination, readOnly }) => ({ destination, type: 'bind', source, options: ['rbind', 'rprivate', ...(readOnly ? ['ro'] : [])] })),
  ];
}
