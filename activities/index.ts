import { createAbortSource } from './abort-source';
import { createAwaitLoss } from './await-loss';
import { createBearWitness } from './bear-witness';
import { createBurySource } from './bury-source';
import { createCertifyDeath } from './certify-death';
import { createConfirmArrival } from './confirm-arrival';
import type { ClusterDependencies } from './dependencies';
import { createDeployDestination } from './deploy-destination';
import { createDiscardDestination } from './discard-destination';
import { createEndRelay } from './end-relay';
import { createForgetDebt } from './forget-debt';
import { createInspectDestination } from './inspect-destination';
import { createInspectOutcome } from './inspect-outcome';
import { createInspectSource } from './inspect-source';
import { createKeepService } from './keep-service';
import { createLocateService } from './locate-service';
import { createPeerFacts } from './peer-facts';
import { createPrepareDestination } from './prepare-destination';
import { createPrepareSource } from './prepare-source';
import { createRemoveDestination } from './remove-destination';
import { createRemoveSource } from './remove-source';
import { createRemoveStranded } from './remove-stranded';
import { createRunCutoverHooks } from './run-cutover-hooks';
import { createSealDeployed } from './seal-deployed';
import { createStep } from './step';
import { createSyncFiles } from './sync-files';
import { createTellOutcome } from './tell-outcome';
import { atEdge } from './translate';

/** All that a coordinator does for workflows, on the queue of its cluster. */
export function createClusterActivities(dependencies: ClusterDependencies) {
  const { cluster } = dependencies.orchestrator;
  const edge = <Input, Result>(create: (given: ClusterDependencies) => (input: Input) => Promise<Result>) => atEdge(cluster, create(dependencies));
  return {
    awaitLoss: edge(createAwaitLoss),
    bearWitness: edge(createBearWitness),
    keepService: edge(createKeepService),
    locateService: edge(createLocateService),
    inspectSource: edge(createInspectSource),
    inspectDestination: edge(createInspectDestination),
    sealDeployed: edge(createSealDeployed),
    deployDestination: edge(createDeployDestination),
    peerFacts: edge(createPeerFacts),
    prepareSource: edge(createPrepareSource),
    prepareDestination: edge(createPrepareDestination),
    syncFiles: edge(createSyncFiles),
    step: edge(createStep),
    inspectOutcome: edge(createInspectOutcome),
    tellOutcome: edge(createTellOutcome),
    certifyDeath: edge(createCertifyDeath),
    burySource: edge(createBurySource),
    confirmArrival: edge(createConfirmArrival),
    abortSource: edge(createAbortSource),
    discardDestination: edge(createDiscardDestination),
    removeDestination: edge(createRemoveDestination),
    endRelay: edge(createEndRelay),
    forgetDebt: edge(createForgetDebt),
    removeSource: edge(createRemoveSource),
    removeStranded: edge(createRemoveStranded),
    runCutoverHooks: edge(createRunCutoverHooks),
  };
}

export type ClusterActivities = ReturnType<typeof createClusterActivities>;
