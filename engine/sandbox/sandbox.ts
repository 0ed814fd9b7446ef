import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { RefusedError } from '../../domain/errors';
import type { ExecRequest } from '../../domain/engine';
import type { ServiceSpec } from '../../domain/service';
import type { Layout } from '../paths';
import type { ClockOffset, Sandbox, SandboxPort } from '../ports';
import { concludeStart, startApplication } from './application';
import { makeCgroups } from './cgroup-files';
import { findCgroups } from './cgroups';
import { createCrun } from './crun';
import { destroySandbox } from './destroy';
import { execCommand } from './exec';
import { imageFiles, readImageConfig } from './image-config';
import { mountAfresh, mountOverlay } from './overlay';
import { prepareBundle, processFor } from './prepare-bundle';
import { parseProcesses } from './processes';
import { asSandbox, isThere, readState, startTime } from './state';
import { readUserFiles } from './user-files';

/** The write ends of the application's stdout and stderr: init's. */
export const applicationOutput = ['/proc/1/fd/11', '/proc/1/fd/13'] as const;

export interface SandboxOptions {
  layout: Layout;
  /** The specification of the service that is here, for exec sessions. */
  spec: () => Promise<ServiceSpec | undefined>;
  cgroupRoot?: string;
  output?: readonly [string, string];
}

/** Sandboxes made by crun, with cgroups of our own. One at a time: the service of this outer container. */
export function createSandboxPort({ layout, spec: currentSpec, cgroupRoot, output = applicationOutput }: SandboxOptions): SandboxPort {
  const crun = createCrun(layout.run);
  const tool = join(layout.opt, 'bin', 'sandbox');
  const rootfs = join(layout.run, 'rootfs');
  const cgroupsHere = () => findCgroups(cgroupRoot);
  const destroy = async () => destroySandbox({ crun, cgroups: await cgroupsHere(), stateFile: layout.sandbox, rootfs });

  const build = async (request: { mode: 'start' | 'adopt'; spec: ServiceSpec; netns: string; clock?: ClockOffset }): Promise<Sandbox> => {
    const { spec, mode } = request;
    const files = imageFiles(layout.images, digestOf(spec));
    const image = await readImageConfig(files.config);
    const overlay = { lower: files.rootfs, upper: layout.upper, work: layout.work, mountPoint: rootfs };
    await mountOverlay(overlay);
    const bundle = await prepareBundle({ ...request, image, rootfs, layout });
    if (mode === 'adopt') await mountAfresh(overlay);
    const cgroups = await cgroupsHere();
    await makeCgroups(cgroups, spec);
    const pid = await withOutput(output, (stdout, stderr) => crun.create({ bundle, cgroupProcs: cgroups.sandbox, stdout, stderr }));
    const state = { pid, started: (await startTime(pid)) ?? '', freezer: cgroups.freezer, appCgroups: cgroups.app };
    await writeFile(layout.sandbox, JSON.stringify(state), { mode: 0o600 });
    if (mode === 'adopt') await crun.start();
    return asSandbox(state);
  };

  return {
    async make(request) {
      try {
        return await build(request);
      } catch (error) {
        await destroy();
        throw error;
      }
    },
    startApplication: async ({ pid }) => startApplication(pid, { crun, cgroups: await cgroupsHere(), tool }),
    concludeStart: async ({ pid }) => concludeStart(pid, { crun, cgroups: await cgroupsHere() }),
    async find() {
      const state = await readState(layout.sandbox);
      if (!state || !(await isThere(state))) return undefined;
      return asSandbox(state);
    },
    destroy,
    processes: async ({ pid }) => parseProcesses((await execa(tool, ['list', String(pid)])).stdout),
    async execCommand(sandbox: Sandbox, request: ExecRequest) {
      const spec = await currentSpec();
      if (!spec) throw new RefusedError('no-service', 'no service runs here', { next: 'start one first' });
      const app = await processFor(rootfs, spec, await readImageConfig(imageFiles(layout.images, digestOf(spec)).config));
      return execCommand(request, { app, users: await readUserFiles(rootfs), crun, cgroupProcs: (await cgroupsHere()).sandbox, run: layout.run });
    },
  };
}

function digestOf({ imageDigest, image }: ServiceSpec): string {
  if (imageDigest) return imageDigest;
  throw new RefusedError('image-missing', `image ${image} has no digest: it was not loaded`, { next: 'load the image first' });
}

async function withOutput<T>([stdout, stderr]: readonly [string, string], use: (stdout: number, stderr: number) => Promise<T>): Promise<T> {
  const files = await Promise.all([open(stdout, 'w'), open(stderr, 'w')]);
  try {
    return await use(files[0].fd, files[1].fd);
  } finally {
    await Promise.all(files.map((file) => file.close()));
  }
}
