import { join } from 'node:path';
import { RefusedError } from '../domain/errors';
import type { ServiceSpec } from '../domain/service';

/** A directory whose files belong to the service, under the name that both sides know it by. */
export interface FileRoot {
  name: string;
  path: string;
  /** Only these names directly in it (rsync patterns); everything when absent. */
  only?: string;
}

export interface FilePlaces {
  /** Upper layer of the nested container's overlay. */
  upper: string;
  /** Directory with app.log. */
  logs: string;
  /** Directory under which the orchestrator mounts the volumes. */
  volumes: string;
}

/** As Docker names volumes; narrow enough to be safe in a path and in rsync's configuration. */
const volumeName = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/;

/** What is copied, from this side's own knowledge: a peer names a root, never a path. */
export function rootsOf(spec: Pick<ServiceSpec, 'volumes'>, places: FilePlaces): FileRoot[] {
  const once = new Map(comparedRoots(spec, places).map((root) => [root.name, root]));
  return [...once.values(), { name: 'log', path: places.logs, only: 'app.log*' }];
}

/** What the native driver compares in the freeze, in the order that it knows: a volume that is mounted twice counts twice. */
export const comparedRoots = (spec: Pick<ServiceSpec, 'volumes'>, places: FilePlaces): FileRoot[] => [{ name: 'upper', path: places.upper }, ...volumeRoots(spec, places)];

function volumeRoots(spec: Pick<ServiceSpec, 'volumes'>, places: FilePlaces): FileRoot[] {
  return spec.volumes.map(({ name }) => {
    if (!volumeName.test(name)) {
      throw new RefusedError('bad-volume', `"${name}" is not a volume's name`, { next: 'Use letters, digits, ".", "_" and "-", beginning with a letter or a digit.' });
    }
    return { name: `volume-${name}`, path: join(places.volumes, name) };
  });
}
