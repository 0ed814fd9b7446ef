import { PatchStrategy, type KubernetesObject } from '@kubernetes/client-node';
import type { KubernetesClients } from './context';
import { asking } from './failure';
import { fieldManager } from './names';

/** Not forced: fields that somebody else has set are his. */
export const apply = <T extends KubernetesObject>({ objects, config }: KubernetesClients, object: T, doing: string, { dryRun = false } = {}): Promise<T> =>
  asking(config.id, doing, () => objects.patch(object, undefined, dryRun ? 'All' : undefined, fieldManager, false, PatchStrategy.ServerSideApply));
