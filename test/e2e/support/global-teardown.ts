import { clustersDown } from './clusters';
import { testSystem } from './settings';

async function tearDown(): Promise<void> {
  await globalThis.carryonSystem?.stop();
  await clustersDown(testSystem.clusters);
}

export { tearDown as default };
