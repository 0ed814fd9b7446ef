import { clustersDown } from '../../e2e/support/clusters';
import { mendLink } from '../kill/link';
import { chaosSystem } from '../settings';
import { ChaosSystem } from './chaos-system';
import { giveSmallDisks, takeSmallDisks } from './small-disks';

/** Disks that may be filled make every start slower: the clusters begin without an image. */
export async function withSystem(smallDisks: boolean, work: (system: ChaosSystem) => Promise<void>): Promise<void> {
  await clustersDown(chaosSystem.clusters);
  if (smallDisks) await giveSmallDisks(chaosSystem.clusters);
  try {
    const system = await ChaosSystem.start(chaosSystem);
    await work(system).finally(() => system.stop());
  } finally {
    await mendLink().catch(() => undefined);
    await clustersDown(chaosSystem.clusters);
    await takeSmallDisks(chaosSystem.clusters);
  }
}
