import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { UnavailableError } from '../../domain/errors';
import { isThere } from '../read-file';

/** The one container of an outer container. */
const containerId = 'app';

export interface Crun {
  /** Makes the container, its PID 1 waiting before its program; answers that PID. */
  create(request: { bundle: string; cgroupProcs: string[]; stdout: number; stderr: number }): Promise<number>;
  start(): Promise<void>;
  /** Its PID 1 still waits for `start`. */
  waits(): Promise<boolean>;
  /** Kills and forgets; harmless when there is none. */
  remove(): Promise<void>;
  /** Command line that runs another process in the container. */
  execArguments(request: { cgroupProcs: string[]; processFile: string }): { file: string; args: string[] };
}

/** The program joins the cgroups first: what it makes is born there, and its cgroup namespace begins there. */
const joinAndRun = 'while [ "$1" != -- ]; do echo 0 > "$1" || exit 125; shift; done; shift; exec "$@"';
const joined = (cgroupProcs: string[], command: string[]) => ({ file: '/bin/sh', args: ['-c', joinAndRun, 'sh', ...cgroupProcs, '--', ...command] });

/** crun (trixie's 1.21): has time namespaces, and leaves cgroups to us. */
export function createCrun(runDirectory: string): Crun {
  const log = join(runDirectory, 'crun.log');
  const program = ['crun', `--root=${join(runDirectory, 'crun')}`, '--cgroup-manager=disabled', `--log=${log}`];

  const fail = async (verb: string, cause: unknown) => {
    const said = (await readFile(log, 'utf8').catch(() => '')).trim().split('\n').at(-1);
    throw new UnavailableError('sandbox-failed', `the OCI runtime cannot ${verb} the sandbox: ${said || (cause as Error).message}`, { cause, next: 'check the privileges of the outer container' });
  };

  return {
    async create({ bundle, cgroupProcs, stdout, stderr }) {
      const pidFile = join(runDirectory, 'sandbox.pid');
      await rm(log, { force: true });
      const { file, args } = joined(cgroupProcs, [...program, 'create', `--bundle=${bundle}`, `--pid-file=${pidFile}`, containerId]);
      await execa(file, args, { stdio: ['ignore', stdout, stderr] }).catch((cause: unknown) => fail('create', cause));
      return Number(await readFile(pidFile, 'utf8'));
    },
    async start() {
      const [file = '', ...args] = [...program, 'start', containerId];
      await execa(file, args).catch((cause: unknown) => fail('start', cause));
    },
    waits: () => isThere(join(runDirectory, 'crun', containerId, 'exec.fifo')),
    async remove() {
      const [file = '', ...args] = [...program, 'delete', '--force', containerId];
      await execa(file, args, { reject: false });
    },
    execArguments: ({ cgroupProcs, processFile }) => joined(cgroupProcs, [...program, 'exec', `--process=${processFile}`, containerId]),
  };
}
