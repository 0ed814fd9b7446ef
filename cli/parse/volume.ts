import path from 'node:path';
import type { VolumeMount } from '../../domain/service';
import { UsageError } from '../usage-error';

const advice = 'Write VOLUME:/PATH, for example -v data:/var/lib/data.';

export function parseVolume(text: string): VolumeMount {
  const [name, mounted, ...rest] = text.split(':');
  if (name?.startsWith('/') || name?.startsWith('.')) {
    throw new UsageError(`-v ${text}: a directory of the host would not be there in another cluster.`, `Use a named volume. ${advice}`);
  }
  if (rest.length > 0) throw new UsageError(`-v ${text}: options of volumes are not supported.`, advice);
  if (!name || !mounted || !/^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/.test(name)) throw new UsageError(`-v ${text}: not a volume and a path.`, advice);
  if (!path.posix.isAbsolute(mounted) || path.posix.normalize(mounted) === '/') {
    throw new UsageError(`-v ${text}: the path has to be absolute, and not the root.`, advice);
  }
  return { name, path: path.posix.normalize(mounted).replace(/\/$/, '') };
}

/** A path can be mounted once. */
export function refuseDoublePaths(volumes: VolumeMount[]): void {
  const double = volumes.find((volume, index) => volumes.findIndex((other) => other.path === volume.path) !== index);
  if (double) throw new UsageError(`-v: ${double.path} is mounted twice.`, 'Leave one of them out.');
}
