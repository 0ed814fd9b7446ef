import { AdmissionregistrationV1Api, BatchV1Api, type V1Pod } from '@kubernetes/client-node';
import type { Logger } from 'pino';
import type { KubernetesCluster } from '../clients/config';
import { connectKubernetes } from '../clients/orchestrators/kubernetes/connect';
import { asking, isMissing } from '../clients/orchestrators/kubernetes/failure';
import { RefusedError } from '../domain/errors';
import { runtimeImage } from '../domain/names';
import { Certificates } from './certificates';
import { evictionPath, hostOf, reviewPath, type Address } from './configuration';
import { ownershipOf } from '../clients/orchestrators/kubernetes/owner';
import { evictionMigrations } from './eviction/migrations';
import { reviewEviction } from './eviction/review-eviction';
import { register } from './register';
import { review } from './review';
import { createServer } from './server';

export interface InterceptorOptions {
  config: KubernetesCluster;
  /** Where API servers find it. */
  address: Address;
  /** Where it listens; any free port when 0. */
  listen: { host: string; port: number };
  log: Logger;
  /** Of the serving certificate. */
  lifetimeMs?: number;
  intervalMs?: number;
}

export interface Interceptor {
  port: number;
  /** API servers call it from now on. */
  ready: Promise<void>;
  /** Answers under way are given first. The registration stays: labelled pods are refused until one runs again. */
  stop(): Promise<void>;
}

const dayMs = 86_400_000;
const registrationIntervalMs = 15_000;

export async function startInterceptor({ config, address, listen, log, lifetimeMs = dayMs, intervalMs = registrationIntervalMs }: InterceptorOptions): Promise<Interceptor> {
  const cluster = config.id;
  const { namespace } = config.kubernetes;
  if (namespace === 'kube-system') throw new RefusedError('system-namespace', `The services of cluster ${cluster} are in kube-system, which the interceptor leaves alone.`, { cluster, next: 'Choose another `kubernetes.namespace` in carryon.yaml.' });
  const { kubeconfig, core, apps, objects } = connectKubernetes(config);
  const batch = kubeconfig.makeApiClient(BatchV1Api);
  const admission = kubeconfig.makeApiClient(AdmissionregistrationV1Api);
  const ownership = (pod: V1Pod) => ownershipOf({ cluster, apps, batch }, namespace, pod);
  const reviewer = { cluster, namespace, image: config.runtimeImage ?? runtimeImage, log, ownership };
  const evictions = {
    cluster,
    namespace,
    log,
    ownership,
    pod: (name: string) => found(cluster, `look at the pod ${name}`, () => core.readNamespacedPod({ name, namespace })),
    node: (name: string) => found(cluster, `look at the node ${name}`, () => core.readNode({ name })),
    ...evictionMigrations(kubeconfig, cluster, namespace),
  };
  const certificates = await Certificates.open({ host: hostOf(address), lifetimeMs, intervalMs, log, register: (authorities) => register({ cluster, namespace, address, admission, objects }, authorities) });
  const server = createServer({ certificate: certificates.current, reviews: { [reviewPath]: (request) => review(request, reviewer), [evictionPath]: (request) => reviewEviction(request, evictions) }, ready: () => certificates.ready, log });
  const port = await server.listen(listen.host, listen.port);
  let nowReady = () => {};
  const ready = new Promise<void>((resolve) => (nowReady = resolve));
  const kept = certificates.keep((certificate) => server.use(certificate), nowReady);
  return {
    port,
    ready,
    stop: async () => {
      certificates.stop();
      await server.close();
      await kept;
    },
  };
}

const found = <T>(cluster: string, doing: string, look: () => Promise<T>): Promise<T | undefined> =>
  asking(cluster, doing, async () => {
    try {
      return await look();
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  });
