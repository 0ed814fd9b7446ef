import type { V1Volume, V1VolumeMount } from '@kubernetes/client-node';
import type { VolumeMount } from '../../domain/service';
import { isLocal } from './volume-kinds';

/** The user's mounts as the sidecar has them, and as the specification tells them to the engine. */
export interface Mirrored {
  mounts: V1VolumeMount[];
  /** What moves with the service. */
  volumes: VolumeMount[];
  /** What is the cluster's own. */
  localVolumes: VolumeMount[];
}

/** A volume's name counts in one pod only; elsewhere that of its service goes before it. */
export function mirrored(service: string, mounts: V1VolumeMount[], volumes: V1Volume[]): Mirrored {
  const names = mountNames(mounts);
  const both = mounts.map((mount, index) => {
    const volume = volumes.find(({ name }) => name === mount.name);
    const name = `${service}-${names[index] ?? mount.name}`;
    const local = volume !== undefined && isLocal(volume);
    const readOnly = mount.readOnly === true || volume?.persistentVolumeClaim?.readOnly === true;
    return {
      mount: { ...mount, mountPath: `/${local ? 'local-volumes' : 'volumes'}/${name}` },
      // Kubernetes mounts a new volume as it is, whatever the image has at its place.
      volume: { name, path: mount.mountPath, ...(readOnly && { readOnly }), bare: true },
      local,
    };
  });
  const volumesThat = (local: boolean) => both.filter((one) => one.local === local).map(({ volume }) => volume);
  return { mounts: both.map(({ mount }) => mount), volumes: volumesThat(false), localVolumes: volumesThat(true) };
}

/** The volume's name, with a number where it is mounted more than once. No two are alike. */
function mountNames(mounts: V1VolumeMount[]): string[] {
  const volumes = new Set(mounts.map(({ name }) => name));
  const given = new Set<string>();
  return mounts.map(({ name }) => {
    let chosen = name;
    for (let number = 2; given.has(chosen) || (chosen !== name && volumes.has(chosen)); number += 1) chosen = `${name}-${number}`;
    given.add(chosen);
    return chosen;
  });
}
