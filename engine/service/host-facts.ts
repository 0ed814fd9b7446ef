import { statfs } from 'node:fs/promises';
import { arch, release } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import type { HostFacts } from '../../domain/migration';
import type { Layout } from '../paths';
import { isThere, readIfThere } from '../read-file';

/** What this host and the CRIU in this container can do. What cannot change while the engine lives is asked once. */
export async function hostFacts(layout: Layout): Promise<HostFacts> {
  const [fixed, freeMemoryBytes, disk] = await Promise.all([fixedFacts(layout), freeMemory(), statfs(layout.state)]);
  return { ...fixed, freeMemoryBytes, freeDiskBytes: disk.bavail * disk.bsize };
}

type FixedFacts = Omit<HostFacts, 'freeMemoryBytes' | 'freeDiskBytes'>;
const asked = new Map<string, Promise<FixedFacts>>();

function fixedFacts(layout: Layout): Promise<FixedFacts> {
  const known = asked.get(layout.opt);
  if (known) return known;
  const answer = askFixedFacts(join(layout.opt, 'criu'));
  asked.set(layout.opt, answer);
  // A failure is not remembered: the next question tries again.
  answer.catch(() => asked.delete(layout.opt));
  return answer;
}

async function askFixedFacts(criu: string): Promise<FixedFacts> {
  const host = { architecture: arch(), kernel: release(), cpuFlags: cpuFlags((await readIfThere('/proc/cpuinfo')) ?? '') };
  if (!(await isThere(join(criu, 'criu')))) return { ...host, criuVersion: 'none', criuFeatures: [] };
  const [version, features] = await Promise.all([criuVersion(criu), criuFeatures(criu)]);
  return { ...host, criuVersion: version, criuFeatures: features };
}

/** `flags` on x86, `Features` on ARM. */
export const cpuFlags = (cpuinfo: string): string[] => (/^(?:flags|Features)\s*:\s*(.*)$/m.exec(cpuinfo)?.[1] ?? '').split(' ').filter(Boolean).sort();

/** CRIU comes with its own loader and libraries. */
const runCriu = (criu: string, ...args: string[]) =>
  execa(join(criu, 'ld.so'), ['--library-path', join(criu, 'lib'), join(criu, 'criu'), ...args], { reject: false, timeout: 10_000 });

async function criuVersion(criu: string): Promise<string> {
  const { stdout } = await runCriu(criu, '--version');
  return /Version: (\S+)/.exec(stdout ?? '')?.[1] ?? 'none';
}

/** Names of CRIU's `check --feature` that a plan may depend on. */
const features = ['uffd', 'uffd-noncoop', 'mem_dirty_track', 'pagemap_scan', 'timens', 'nsid', 'link_nsid', 'ipv6_freeze'];

async function criuFeatures(criu: string): Promise<string[]> {
  const present: string[] = [];
  for (const feature of features) {
    const { exitCode } = await runCriu(criu, 'check', '--feature', feature);
    if (exitCode === 0) present.push(feature);
  }
  return present;
}

/** The smaller of what the host has free and what this container's own limit leaves. */
async function freeMemory(): Promise<number> {
  const available = Number(/^MemAvailable:\s+(\d+) kB$/m.exec((await readIfThere('/proc/meminfo')) ?? '')?.[1] ?? 0) * 1024;
  return Math.min(available, await leftByLimit());
}

const cgroupMemory = [
  { limit: '/sys/fs/cgroup/memory.max', usage: '/sys/fs/cgroup/memory.current' },
  { limit: '/sys/fs/cgroup/memory/memory.limit_in_bytes', usage: '/sys/fs/cgroup/memory/memory.usage_in_bytes' },
];

async function leftByLimit(): Promise<number> {
  for (const files of cgroupMemory) {
    const [limit, usage] = await Promise.all([readIfThere(files.limit), readIfThere(files.usage)]);
    // `max` is no number: no limit.
    if (limit && usage && Number.isFinite(Number(limit))) return Math.max(0, Number(limit) - Number(usage));
  }
  return Infinity;
}
