import { CustomObjectsApi, EventsV1Api, makeInformer, PatchStrategy, setHeaderOptions, V1MicroTime, type Informer, type ObjectCache, type V1ObjectMeta } from '@kubernetes/client-node';
import pRetry from 'p-retry';
import type { KubernetesCluster } from '../clients/config';
import { connectKubernetes } from '../clients/orchestrators/kubernetes/connect';
import { asking, isGone, isMissing } from '../clients/orchestrators/kubernetes/failure';
import { RefusedError } from '../domain/errors';
import type { Told } from './events';
import { apiVersion, finalizer, kind, resource, type MigrationObject, type MigrationObjectStatus } from './migration';

/** Migrations of one namespace, at its API server. Every verb throws UnavailableError where a later try may succeed, and RefusedError with `kubernetes-forbidden` for want of a right. */
export interface MigrationObjects {
  list(): Promise<{ items: MigrationObject[]; metadata?: { resourceVersion?: string } }>;
  informer(): Informer<MigrationObject> & ObjectCache<MigrationObject>;
  /** Nothing where the object is gone. */
  putStatus(object: MigrationObject, status: MigrationObjectStatus): Promise<void>;
  /** Sets the finalizer; false where the object is gone, or about to be. */
  keep(object: MigrationObject): Promise<boolean>;
  /** Takes it away, if it is there. */
  release(object: MigrationObject): Promise<void>;
  /** Told already is no failure: an event has one name. */
  tell(object: MigrationObject, event: Told): Promise<void>;
}

const fieldManager = 'carryon-operator';
export const controller = 'carryon.io/operator';
const longestNote = 1024;

export function migrationObjects(config: KubernetesCluster): MigrationObjects {
  const { kubeconfig } = connectKubernetes(config);
  const custom = kubeconfig.makeApiClient(CustomObjectsApi);
  const events = kubeconfig.makeApiClient(EventsV1Api);
  const { id, kubernetes: { namespace } } = config;
  const all = { ...resource, namespace };
  const ask = <T>(doing: string, call: () => Promise<T>) => asking(id, doing, call);

  const list: MigrationObjects['list'] = () =>
    ask('list migrations', async () => {
      try {
        return (await custom.listNamespacedCustomObject(all)) as Awaited<ReturnType<MigrationObjects['list']>>;
      } catch (error) {
        throw isMissing(error) ? withoutDefinition(id) : error;
      }
    });

  /** Changes the list of finalizers as it is now; whoever else changes the object meanwhile makes it be read again. */
  const setFinalizers = (object: MigrationObject, change: (metadata: V1ObjectMeta) => string[]) =>
    ask('set the finalizer of a migration', () => pRetry(() => tryToSetFinalizers(object, change), { retries: 5, minTimeout: 100, shouldRetry: isGone }));

  const tryToSetFinalizers = async ({ metadata: { name, uid } }: MigrationObject, change: (metadata: V1ObjectMeta) => string[]): Promise<string[]> => {
    const found = await unlessMissing(() => custom.getNamespacedCustomObject({ ...all, name }) as Promise<MigrationObject>);
    if (found?.metadata.uid !== uid) return [];
    const { finalizers: before = [], resourceVersion } = found.metadata;
    const finalizers = change(found.metadata);
    if (finalizers.length === before.length) return before;
    const body = { metadata: { resourceVersion, finalizers } };
    await custom.patchNamespacedCustomObject({ ...all, name, fieldManager, body }, setHeaderOptions('Content-Type', PatchStrategy.MergePatch));
    return finalizers;
  };

  return {
    list,
    informer: () => makeInformer(kubeconfig, `/apis/${apiVersion}/namespaces/${namespace}/${resource.plural}`, list),
    putStatus: async ({ metadata: { name, uid } }, status) =>
      void (await ask('write the status of a migration', () =>
        unlessGone(() => {
          const body = { apiVersion, kind, metadata: { name, uid }, status };
          return custom.patchNamespacedCustomObjectStatus({ ...all, name, fieldManager, force: true, body }, setHeaderOptions('Content-Type', PatchStrategy.ServerSideApply));
        }),
      )),
    keep: async (object) => (await setFinalizers(object, withFinalizer)).includes(finalizer),
    release: async (object) => void (await setFinalizers(object, ({ finalizers = [] }) => finalizers.filter((other) => other !== finalizer))),
    tell: async ({ metadata: { name, uid } }, { reason, note, warns, at = new Date() }) =>
      void (await ask('create an event', () =>
        unlessGone(() => {
          const body = {
            metadata: { name: `${name.slice(0, 200)}.${uid}.${reason.toLowerCase()}`, namespace },
            eventTime: new V1MicroTime(at),
            type: warns ? 'Warning' : 'Normal',
            reason,
            action: 'Migrate',
            note: note.slice(0, longestNote),
            regarding: { apiVersion, kind, name, namespace, uid },
            reportingController: controller,
            reportingInstance: id,
          };
          return events.createNamespacedEvent({ namespace, body });
        }),
      )),
  };
}

/** One that is being deleted gets no more of them. */
const withFinalizer = ({ finalizers = [], deletionTimestamp }: V1ObjectMeta) => (finalizers.includes(finalizer) || deletionTimestamp ? finalizers : [...finalizers, finalizer]);

const unless = (expected: (error: unknown) => boolean) => async <T>(act: () => Promise<T>): Promise<T | undefined> => {
  try {
    return await act();
  } catch (error) {
    if (expected(error)) return undefined;
    throw error;
  }
};
const unlessMissing = unless(isMissing);
/** Also another object of that name, or an event that is there already. */
const unlessGone = unless(isGone);

const withoutDefinition = (cluster: string) =>
  new RefusedError('no-definition', `Cluster ${cluster} does not know what a Migration is.`, { cluster, next: 'Let an administrator of it do: kubectl apply -f deploy/kubernetes/crd-migration.yaml' });
