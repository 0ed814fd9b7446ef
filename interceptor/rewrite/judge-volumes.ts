import type { V1DownwardAPIVolumeFile, V1Container, V1Pod, V1Volume, V1VolumeMount } from '@kubernetes/client-node';
import { ambassadorDirectory, ownPrefix } from './names';
import { check, type Check, type Offence } from './offence';
import { isKept, kindOf } from './volume-kinds';

const mountChecks: Check<V1VolumeMount>[] = [
  ['mountPropagation', ({ mountPropagation }) => mountPropagation && mountPropagation !== 'None', 'mounts of the node do not move: leave this out'],
  ['subPathExpr', ({ subPathExpr }) => subPathExpr, 'the runtime module mounts the same, without the variables of this container: use subPath'],
  ['mountPath', ({ mountPath }) => mountPath === ambassadorDirectory || mountPath.startsWith(`${ambassadorDirectory}/`), `${ambassadorDirectory} is carryon's own: choose another path`],
];

const refusedKinds: Record<string, string> = {
  hostPath: "the node's files do not move: use a PersistentVolumeClaim",
  csi: 'a volume that a driver makes for this very pod does not move: use a PersistentVolumeClaim, or `ephemeral`',
  image: "an image's files are not carried to the other cluster: have them in the container's own image",
};

/** A volume that only init containers see stays where it is, whatever it is. */
export function judgeVolumes({ spec }: V1Pod, user: V1Container, at: string): Offence[] {
  const mounts = user.volumeMounts ?? [];
  return [
    ...mounts.flatMap((mount, index) => check(`${at}.volumeMounts[${index}]`, mount, mountChecks)),
    ...(spec?.volumes ?? []).flatMap((volume, index) => {
      const path = `spec.volumes[${index}]`;
      const named = volume.name.startsWith(ownPrefix) ? [{ path: `${path}.name`, reason: `names that begin with "${ownPrefix}" are carryon's own: choose another` }] : [];
      return mounts.some(({ name }) => name === volume.name) ? [...named, ...judgeVolume(volume, user.name, path)] : named;
    }),
  ];
}

function judgeVolume(volume: V1Volume, container: string, path: string): Offence[] {
  if (!isKept(volume)) {
    const kind = kindOf(volume);
    return [{ path: `${path}.${kind}`, reason: refusedKinds[kind] ?? 'carryon does not know how to move such a volume: use a PersistentVolumeClaim' }];
  }
  if (volume.emptyDir?.medium?.startsWith('HugePages')) return [{ path: `${path}.emptyDir.medium`, reason: 'huge pages do not move: leave this out, or use Memory' }];
  const files = (items: V1DownwardAPIVolumeFile[] | undefined, at: string) =>
    (items ?? []).flatMap(({ resourceFieldRef }, index) =>
      resourceFieldRef?.containerName === container
        ? [{ path: `${at}.items[${index}].resourceFieldRef`, reason: 'the runtime module has the resources of this container: take them from an environment variable, which is kept' }]
        : [],
    );
  return [
    ...files(volume.downwardAPI?.items, `${path}.downwardAPI`),
    ...(volume.projected?.sources ?? []).flatMap(({ downwardAPI }, index) => files(downwardAPI?.items, `${path}.projected.sources[${index}].downwardAPI`)),
  ];
}
