import { mkdir, stat, writeFile } from 'node:fs/promises';
import { arch } from 'node:os';
import { dirname, join } from 'node:path';
import type { ServiceSpec, VolumeMount } from '../../domain/service';
import type { Layout } from '../paths';
import type { ClockOffset } from '../ports';
import { writeEtcFiles } from './etc-files';
import type { ImageConfig } from './image-config';
import { resolveInRoot } from './in-root';
import { etcFiles, ociConfig } from './oci-config';
import { copyUpParents } from './overlay';
import { appProcess, hostname, type AppProcess } from './process';
import { resolveUser, userByIds } from './user';
import { readUserFiles } from './user-files';
import { fillNewVolume } from './volumes';

export interface BundleRequest {
  mode: 'start' | 'adopt';
  spec: ServiceSpec;
  image: ImageConfig;
  /** Mount point of the application's root. */
  rootfs: string;
  netns: string;
  clock?: ClockOffset;
  layout: Layout;
}

/** The OCI bundle. Its config.json has the service's environment in it: 0600. */
export async function prepareBundle(request: BundleRequest): Promise<string> {
  const { mode, spec, image, rootfs, netns, clock, layout } = request;
  const bundle = join(layout.run, 'bundle');
  const etc = join(bundle, 'etc');
  const volumes = [
    ...spec.volumes.map((volume) => ({ ...mountOf(volume), source: layout.volume(volume.name) })),
    ...(spec.localVolumes ?? []).map((volume) => ({ ...mountOf(volume), source: layout.localVolume(volume.name) })),
  ];
  await mkdir(bundle, { recursive: true, mode: 0o700 });
  await writeEtcFiles(etc, spec);
  // What another cluster had there is not here: the application finds nothing.
  for (const { name, path } of spec.localVolumes ?? []) await makeEmpty(layout.localVolume(name), await resolveInRoot(rootfs, path));
  await copyUpParents(rootfs, [...etcFiles.map((name) => `/etc/${name}`), ...volumes.map(({ destination }) => destination)]);
  const process = await processFor(rootfs, spec, image);
  if (mode === 'start') {
    for (const volume of volumes) if (!volume.bare) await fillNewVolume(rootfs, volume);
    await ensureWorkdir(rootfs, process);
  }
  const config = ociConfig({ mode, process, hostname: hostname(spec), rootfs, netns, clock, pid1: join(layout.opt, 'bin', 'pid1'), etc, volumes, architecture: arch() });
  await writeFile(join(bundle, 'config.json'), JSON.stringify(config), { mode: 0o600 });
  return bundle;
}

const mountOf = ({ path, readOnly, bare }: VolumeMount) => ({ destination: path, readOnly, bare });

/** A directory, or a file where the application's own root has one at its place: a part of a volume may be one. What is there stays. */
async function makeEmpty(path: string, inRoot: string): Promise<void> {
  if (await stat(path).catch(() => undefined)) return;
  if (!(await stat(inRoot).catch(() => undefined))?.isFile()) return void (await mkdir(path, { recursive: true }));
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, '');
}

export async function processFor(rootfs: string, spec: ServiceSpec, image: ImageConfig): Promise<AppProcess> {
  const user = spec.confinement && spec.user ? userByIds(spec.user) : resolveUser(spec.user || image.user, await readUserFiles(rootfs));
  return appProcess(spec, image, user);
}

async function ensureWorkdir(rootfs: string, { workdir }: AppProcess): Promise<void> {
  const path = await resolveInRoot(rootfs, workdir);
  if (!(await stat(path).catch(() => undefined))) await mkdir(path, { recursive: true });
}
