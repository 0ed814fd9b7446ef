import { runtimeImage } from '../../domain/names';
import type { OuterContainer, Orchestrator } from '../../domain/orchestrator';
import { parseSize } from '../../domain/quantities';
import { openAuthority, type Authority } from '../authority';
import { openSealingKey } from '../authority/sealing';
import type { KubernetesCluster } from '../config';
import { connectEngine } from '../engine';
import { coordinatorCredentials } from './coordinator-credentials';
import { hostFacts } from './host-facts';
import { keptUnlessFailed } from './kept-unless-failed';
import { findOuter, listOuter } from './kubernetes/adopt';
import { protect, releaseSettled } from './kubernetes/budget';
import { renewCertificates } from './kubernetes/certificate';
import { connectKubernetes } from './kubernetes/connect';
import type { KubernetesContext } from './kubernetes/context';
import { deployOuter } from './kubernetes/deploy';
import { deployedPort } from './kubernetes/deployed/port';
import { noteHere, noteLeaving } from './kubernetes/leave';
import { findIn } from './kubernetes/list';
import { nodePortsInUse } from './kubernetes/ports';
import { probeHost } from './kubernetes/probe';
import { removeOuter } from './kubernetes/remove';
import { stopOuter } from './kubernetes/stop';

/** Adapter: one namespace of a Kubernetes cluster. `stateDir` holds the cluster's certificate authority. */
export function createKubernetesOrchestrator(config: KubernetesCluster, { stateDir }: { stateDir: string }): Orchestrator {
  const authority = keptUnlessFailed<Authority>(() => openAuthority(stateDir, config.id));
  const sealingKey = keptUnlessFailed(() => openSealingKey(stateDir, config.id));
  const context: KubernetesContext = { ...connectKubernetes(config), config, namespace: config.kubernetes.namespace, image: config.runtimeImage ?? runtimeImage, authority, sealingKey };
  const credentials = coordinatorCredentials(authority);
  const engine = ({ reach, service }: OuterContainer) => connectEngine({ host: reach.host, port: reach.apiPort, cluster: config.id, service: service.id, credentials });

  const protectService = async (service: string) => {
    const found = await findIn(context, service);
    if (found) await protect(context, found);
  };

  return {
    cluster: config.id,
    engine,
    deployed: deployedPort(context),
    deploy: async (outer, options) => {
      const container = await deployOuter(context, outer, engine, options);
      if (options?.arrives) await protectService(outer.id);
      return container;
    },
    find: (service) => findOuter(context, service, engine),
    list: () => listOuter(context, engine),
    leaving: async (service, epoch) => {
      await protectService(service);
      await noteLeaving(context, service, epoch);
    },
    here: (service, epoch) => noteHere(context, service, epoch),
    stop: (service, timeoutMs) => stopOuter(context, service, timeoutMs),
    remove: (service, options) => removeOuter(context, service, options),
    // What the API says may be old: a kubelet that is cut off starts containers too. A source whose container died proves that itself, when it is started again.
    isDead: () => Promise.resolve(false),
    fileOf: () => Promise.resolve(undefined),
    // Nodes hand out no images; the source's engine has the service's own.
    exportImage: () => Promise.resolve(undefined),
    certificateAuthority: async () => (await authority()).certificate,
    portsInUse: () => nodePortsInUse(context),
    // The service gets a volume of its own, whatever is free on the node or in others.
    host: async () => ({ ...(await hostFacts(await listOuter(context, engine), engine, () => probeHost(context))), freeDiskBytes: parseSize(config.kubernetes.volumeSize.replace('i', '')) }),
    renewCertificates: () => renewCertificates(context),
    releaseSettled: () => releaseSettled(context, engine),
  };
}
