import { dirname } from 'node:path';
import type { ServiceSpec } from '../../domain/service';
import type { Cgroups } from './cgroups';

export interface Setting {
  file: string;
  value: string;
  /** What the user asked for; absent where the kernel may lack it without harm. */
  asked?: string;
}

/** Enough for any service, and too few for a fork bomb to take the host along. */
const mostProcesses = 32_768;
const cpuPeriodUs = 100_000;
const tunDevice = 'c 10:200 rwm';

/** Files to write for the limits of a service, in this order. Swap is limited as Docker does it: as much again as memory. */
export function limitSettings(spec: Pick<ServiceSpec, 'memoryBytes' | 'cpus'>, cgroups: Cgroups): Setting[] {
  return cgroups.version === 2 ? versionTwo(spec, cgroups) : versionOne(spec, cgroups);
}

function versionTwo({ memoryBytes, cpus }: Pick<ServiceSpec, 'memoryBytes' | 'cpus'>, { sandbox: [procs = ''] }: Cgroups): Setting[] {
  const file = (name: string) => `${dirname(procs)}/${name}`;
  return [
    ...(memoryBytes ? [{ file: file('memory.max'), value: String(memoryBytes), asked: 'memory' }, { file: file('memory.swap.max'), value: String(memoryBytes) }] : []),
    ...(cpus ? [{ file: file('cpu.max'), value: `${quota(cpus)} ${cpuPeriodUs}`, asked: 'cpus' }] : []),
    { file: file('pids.max'), value: String(mostProcesses) },
  ];
}

function versionOne({ memoryBytes, cpus }: Pick<ServiceSpec, 'memoryBytes' | 'cpus'>, { sandbox }: Cgroups): Setting[] {
  const file = (controller: string, name: string) => {
    const directory = sandbox.map((procs) => dirname(procs)).find((path) => path.split('/').includes(controller));
    return `${directory ?? `/no-controller-${controller}`}/${name}`;
  };
  return [
    ...(memoryBytes
      ? [{ file: file('memory', 'memory.limit_in_bytes'), value: String(memoryBytes), asked: 'memory' }, { file: file('memory', 'memory.memsw.limit_in_bytes'), value: String(memoryBytes * 2) }]
      : []),
    ...(cpus ? [{ file: file('cpu', 'cpu.cfs_period_us'), value: String(cpuPeriodUs) }, { file: file('cpu', 'cpu.cfs_quota_us'), value: String(quota(cpus)), asked: 'cpus' }] : []),
    { file: file('pids', 'pids.max'), value: String(mostProcesses) },
    // The outer container's tunnel device is not the application's.
    { file: file('devices', 'devices.deny'), value: tunDevice },
  ];
}

const quota = (cpus: number) => Math.max(1000, Math.round(cpus * cpuPeriodUs));
