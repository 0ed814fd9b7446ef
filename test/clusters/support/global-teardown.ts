import { clustersDown, kubernetesDown } from '../../e2e/support/clusters';
import { clusterSystem } from './settings';

async function tearDown(): Promise<void> {
  await globalThis.carryonSystem?.stop();
  await kubernetesDown(clusterSystem.kubernetes);
  await clustersDown(clusterSystem.clusters);
}

export { tearDown as default };
