import type { V1Volume } from '@kubernetes/client-node';

type Kind = Exclude<keyof V1Volume, 'name'>;

/** What they hold is the service's, and goes with it. */
const moving: readonly Kind[] = [
  'persistentVolumeClaim', 'ephemeral', 'emptyDir', 'nfs', 'iscsi', 'fc', 'cephfs', 'rbd', 'glusterfs', 'cinder', 'azureDisk', 'azureFile', 'awsElasticBlockStore', 'gcePersistentDisk', 'vsphereVolume', 'portworxVolume',
];
/** What they hold is the cluster's: every cluster has its own. */
const local: readonly Kind[] = ['configMap', 'secret', 'projected', 'downwardAPI'];

const has = (volume: V1Volume) => (kind: Kind) => volume[kind] != null;

export const isLocal = (volume: V1Volume) => local.some(has(volume));
export const isKept = (volume: V1Volume) => isLocal(volume) || moving.some(has(volume));

/** As the field is called. */
export const kindOf = (volume: V1Volume) => Object.keys(volume).find((key) => key !== 'name' && has(volume)(key as Kind)) ?? '';
