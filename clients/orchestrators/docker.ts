import path from 'node:path';
import { runtimeImage } from '../../domain/names';
import type { OuterContainer, Orchestrator } from '../../domain/orchestrator';
import { openAuthority, type Authority } from '../authority';
import type { DockerCluster } from '../config';
import { connectEngine } from '../engine';
import { connectDocker } from './docker/connect';
import type { DockerContext } from './docker/context';
import { fileDaemonMemory } from './docker/daemon-memory';
import { deployOuter } from './docker/deploy';
import { exportImage } from './docker/export-image';
import { fileOf } from './docker/file-of';
import { isDead } from './docker/is-dead';
import { findOuter, listOuter } from './docker/list';
import { portsInUse } from './docker/host-ports';
import { removeOuter } from './docker/remove';
import { renewCertificates } from './docker/renew';
import { stopOuter } from './docker/stop';
import { probeHost } from './docker/probe';
import { coordinatorCredentials } from './coordinator-credentials';
import { hostFacts } from './host-facts';
import { keptUnlessFailed } from './kept-unless-failed';

/** Adapter: one Docker daemon as a cluster. `stateDir` holds the cluster's certificate authority. */
export function createDockerOrchestrator(config: DockerCluster, { stateDir }: { stateDir: string }): Orchestrator {
  const authority = keptUnlessFailed<Authority>(() => openAuthority(stateDir, config.id));
  const context: DockerContext = {
    docker: connectDocker(config),
    config,
    image: config.runtimeImage ?? runtimeImage,
    authority,
    memory: fileDaemonMemory(path.join(stateDir, config.id)),
  };
  const credentials = coordinatorCredentials(authority);
  const engine = ({ reach, service }: OuterContainer) =>
    connectEngine({ host: reach.host, port: reach.apiPort, cluster: config.id, service: service.id, credentials });

  return {
    cluster: config.id,
    engine,
    deploy: (outer, options) => deployOuter(context, outer, engine, options),
    find: (service) => findOuter(context, service),
    list: () => listOuter(context),
    stop: (service, timeoutMs) => stopOuter(context, service, timeoutMs),
    remove: (service, options) => removeOuter(context, service, options),
    isDead: ({ id }) => isDead(context, id),
    fileOf: ({ id }, file) => fileOf(context, id, file),
    exportImage: (ref) => exportImage(context, ref),
    certificateAuthority: async () => (await authority()).certificate,
    portsInUse: () => portsInUse(context),
    host: async () => hostFacts(await listOuter(context), engine, () => probeHost(context)),
    // Nothing here starts a service but its own outer container, whose journal knows.
    leaving: () => Promise.resolve(),
    here: () => Promise.resolve(),
    renewCertificates: () => renewCertificates(context),
  };
}
