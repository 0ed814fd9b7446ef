import { System } from '../../e2e/support/system';
import { clusterSystem } from './settings';

/** Once per run of these tests. */
async function setUp(): Promise<void> {
  globalThis.carryonSystem = await System.start(clusterSystem);
}

export { setUp as default };
