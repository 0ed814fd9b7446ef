import { docker } from './clusters';

/** Pids, as this machine sees them, of an outer container's processes whose row of pid, name and command line matches. */
async function pidsOf(cluster: string, container: string, row: RegExp): Promise<number[]> {
  const rows = (await docker(cluster, 'top', container, '-eo', 'pid,comm,args')).split('\n');
  return rows.filter((text) => row.test(text)).map((text) => Number(text.trim().split(/\s+/)[0]));
}

/** Of the engine of an outer container; undefined when it is not there. */
export async function enginePid(cluster: string, service: string): Promise<number | undefined> {
  const container = (await docker(cluster, 'ps', '-q', '--filter', `name=^${service}$`)).trim();
  return container === '' ? undefined : (await pidsOf(cluster, container, /\/opt\/carryon\/engine\.js/))[0];
}

/** Of an outer container's engine and handoff drivers. */
export const carryonPids = (cluster: string, service: string) => pidsOf(cluster, service, /\/opt\/carryon\/(engine\.js|bin\/handoff)/);

/** Of the driver at the destination of a migration, not of its keeper, which has the same command line; undefined when there is none. */
export const driverPid = async (cluster: string, service: string) => (await pidsOf(cluster, service, /^(?!.*handoff-keeper).*\/opt\/carryon\/bin\/handoff\S* destination/))[0];
