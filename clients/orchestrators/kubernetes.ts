import { runtimeImage } from '../../domain/names';
import type { OuterContainer, Orchestrator } from '../../domain/orchestrator';
import { openAuthority, type Authority } from '../authority';
import type { KubernetesCluster } from '../config';
import { connectEngine } from '../engine';
import { coordinatorCredentials } from './coordinator-credentials';
import { hostFacts } from './host-facts';
import { keptUnlessFailed } from './kept-unless-failed';
import { renewCertificates } from './kubernetes/certificate';
import { connectKubernetes } from './kubernetes/connect';
import type { KubernetesContext } from './kubernetes/context';
import { deployOuter } from './kubernetes/deploy';
import { isDead } from './kubernetes/is-dead';
import { findOuter, listOuter } from './kubernetes/list';
import { nodePortsInUse } from './kubernetes/ports';
import { probeHost } from './kubernetes/probe';
import { removeOuter } from './kubernetes/remove';
import { stopOuter } from './kubernetes/stop';

/** Adapter: one namespace of a Kubernetes cluster. `stateDir` holds the cluster's certificate authority. */
export function createKubernetesOrchestrator(config: KubernetesCluster, { stateDir }: { stateDir: string }): Orchestrator {
  const authority = keptUnlessFailed<Authority>(() => openAuthority(stateDir, config.id));
  const context: KubernetesContext = { ...connectKubernetes(config), config, namespace: config.kubernetes.namespace, image: config.runtimeImage ?? runtimeImage, authority };
  const credentials = coordinatorCredentials(authority);
  const engine = ({ reach, service }: OuterContainer) => connectEngine({ host: reach.host, port: reach.apiPort, cluster: config.id, service: service.id, credentials });

  return {
    cluster: config.id,
    engine,
    deploy: (outer, options) => deployOuter(context, outer, engine, options),
    find: (service) => findOuter(context, service),
    list: () => listOuter(context),
    stop: (service, timeoutMs) => stopOuter(context, service, timeoutMs),
    remove: (service, options) => removeOuter(context, service, options),
    isDead: ({ id }) => isDead(context, id),
    // Volumes are read by pods only: a source whose container died proves its death itself, when kubelet has started it again.
    fileOf: () => Promise.resolve(undefined),
    // Nodes hand out no images; the source's engine has the service's own.
    exportImage: () => Promise.resolve(undefined),
    certificateAuthority: async () => (await authority()).certificate,
    portsInUse: () => nodePortsInUse(context),
    host: async () => hostFacts(await listOuter(context), engine, () => probeHost(context)),
    renewCertificates: () => renewCertificates(context),
  };
}
