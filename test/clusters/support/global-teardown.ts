import { clustersDown, kubernetesDown } from '../../e2e/support/clusters';
import { kubernetesOf } from '../../e2e/support/configuration';
import { clusterSystem } from './settings';

async function tearDown(): Promise<void> {
  await globalThis.carryonSystem?.stop();
  await kubernetesDown(kubernetesOf(clusterSystem));
  await clustersDown(clusterSystem.clusters);
}

export { tearDown as default };
