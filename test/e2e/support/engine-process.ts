import { docker } from './clusters';

/** Pid of the engine of an outer container, as this machine sees it; undefined when it is not there. */
export async function enginePid(cluster: string, service: string): Promise<number | undefined> {
  const container = (await docker(cluster, 'ps', '-q', '--filter', `name=^${service}$`)).trim();
  if (container === '') return undefined;
  const rows = (await docker(cluster, 'top', container, '-eo', 'pid,args')).split('\n');
  const engine = rows.find((row) => row.includes('/opt/carryon/engine.js'));
  return engine ? Number(engine.trim().split(/\s+/)[0]) : undefined;
}

/** Of an outer container's engine and handoff drivers. */
export async function carryonPids(cluster: string, service: string): Promise<number[]> {
  const rows = (await docker(cluster, 'top', service, '-eo', 'pid,args')).split('\n');
  return rows.filter((row) => /\/opt\/carryon\/(engine\.js|bin\/handoff)/.test(row)).map((row) => Number(row.trim().split(/\s+/)[0]));
}

/** Of the driver at the destination of a migration, not of its keeper; undefined when there is none. */
export async function driverPid(cluster: string, service: string): Promise<number | undefined> {
  const rows = (await docker(cluster, 'top', service, '-eo', 'pid,comm,args')).split('\n');
  const driver = rows.find((row) => /\/opt\/carryon\/bin\/handoff\S* destination/.test(row) && !row.includes('handoff-keeper'));
  return driver ? Number(driver.trim().split(/\s+/)[0]) : undefined;
}
