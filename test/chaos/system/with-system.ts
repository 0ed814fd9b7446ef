import { clustersDown } from '../../e2e/support/clusters';
import { withClocks } from '../clock/settable';
import { mendLink } from '../kill/link';
import { chaosSystem } from '../settings';
import { ChaosSystem } from './chaos-system';
import { giveSmallDisks, takeSmallDisks } from './small-disks';

/** Disks that may be filled make every start slower: the clusters begin without an image. */
export async function withSystem(made: { disks: boolean; clocks: boolean }, work: (system: ChaosSystem) => Promise<void>): Promise<void> {
  await clustersDown(chaosSystem.clusters);
  if (made.disks) await giveSmallDisks(chaosSystem.clusters);
  try {
    const system = await ChaosSystem.start(made.clocks ? withClocks(chaosSystem) : chaosSystem);
    await work(system).finally(() => system.stop());
  } finally {
    await mendLink().catch(() => undefined);
    await clustersDown(chaosSystem.clusters);
    await takeSmallDisks(chaosSystem.clusters);
  }
}
