import { join } from 'node:path';
import { isThere } from '../read-file';

/** Files and directories of the sandbox's cgroups. The engine writes them itself: an OCI runtime would ask for more privileges. */
export interface Cgroups {
  version: 1 | 2;
  /** Directories to make, parents first. */
  directories: string[];
  /** cgroup.procs of all that is in the sandbox: here the limits are. */
  sandbox: string[];
  /** Directory of the freezer that holds the application and nothing else. */
  freezer: string;
  /** cgroup.procs that the application's root is born in, and that PID 1 then leaves for `outside`. */
  inside: string;
  outside: string;
  /** cgroup.procs that restored tasks are moved to. */
  app: string[];
}

const sandboxName = 'carryon-sandbox';
const appName = 'app';
/** Controllers of version 1 that limit or account; cpuset and blkio would only have to be copied from above. */
const versionOneControllers = ['memory', 'cpu', 'cpuacct', 'pids', 'devices'];

const procs = (directory: string) => join(directory, 'cgroup.procs');

/** @param root Mount point of the cgroup file system(s), writable. */
export async function findCgroups(root = '/sys/fs/cgroup'): Promise<Cgroups> {
  return (await isThere(join(root, 'cgroup.controllers'))) ? versionTwo(root) : versionOne(root);
}

export function versionTwo(root: string): Cgroups {
  const sandbox = join(root, sandboxName);
  const app = join(sandbox, appName);
  return { version: 2, directories: [sandbox, app], sandbox: [procs(sandbox)], freezer: app, inside: procs(app), outside: procs(sandbox), app: [procs(app)] };
}

async function versionOne(root: string): Promise<Cgroups> {
  const found = await Promise.all(versionOneControllers.map(async (name) => ((await isThere(join(root, name))) ? [join(root, name, sandboxName)] : [])));
  const limited = found.flat();
  const freezer = join(root, 'freezer', `${sandboxName}-${appName}`);
  const sandbox = limited.map(procs);
  return { version: 1, directories: [...limited, freezer], sandbox, freezer, inside: procs(freezer), outside: procs(join(root, 'freezer')), app: [procs(freezer), ...sandbox] };
}
