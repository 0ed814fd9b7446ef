import { System } from './system';
import { testSystem } from './settings';

declare global {
  var carryonSystem: System | undefined;
}

/** Once per run of the end-to-end tests. */
async function setUp(): Promise<void> {
  globalThis.carryonSystem = await System.start(testSystem);
}

export { setUp as default };
