import { clustersDown } from '../../e2e/support/clusters';
import { withClocks } from '../clock/settable';
import { mendLink } from '../kill/link';
import { chaosSystem, pairOf } from '../settings';
import { ChaosSystem } from './chaos-system';
import { giveSmallDisks, takeSmallDisks } from './small-disks';

/** Disks that may be filled make every start slower: the clusters begin without an image. */
export async function withSystem(made: { lanes: number; disks: boolean; clocks: boolean }, work: (system: ChaosSystem) => Promise<void>): Promise<void> {
  const options = chaosSystem(made.lanes);
  await clustersDown(options.clusters);
  if (made.disks) await giveSmallDisks(options.clusters);
  try {
    const system = await ChaosSystem.start(made.clocks ? withClocks(options) : options);
    await work(system).finally(() => system.stop());
  } finally {
    for (let lane = 0; lane < made.lanes; lane += 1) await mendLink(pairOf(lane)).catch(() => undefined);
    await clustersDown(options.clusters);
    await takeSmallDisks(options.clusters);
  }
}
