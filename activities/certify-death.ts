import { reduceJournal } from '../domain/journal';
import type { Ticket } from '../domain/migration';
import { dumpManifestOnDisk, journalOnDisk } from '../domain/names';
import type { JournalState } from '../domain/service';
import type { ClusterDependencies } from './dependencies';

export interface DeathCertificate {
  dead: boolean;
  /** The orchestrator's id of the container that is dead: another one of the service is not. */
  container?: string;
  /** Why it is not certain. */
  why?: string;
}

const inDoubt: readonly JournalState[] = ['armedS', 'frozen', 'handedOff'];

/**
 * Certifies that a source has died with the tree that it had frozen, and that nothing of it ran after its final dump: a container that is dead has
 * no process left (one that is paused has them all), its journal never said that the service goes on, and a dump is complete only as long as that holds. Started again later it runs
 * nothing by itself: it asks the destination.
 */
export const createCertifyDeath =
  ({ orchestrator }: ClusterDependencies) =>
  async ({ service, epoch }: Pick<Ticket, 'service' | 'epoch'>): Promise<DeathCertificate> => {
    const container = await orchestrator.find(service);
    if (!container) return { dead: false, why: 'its outer container is gone, and its journal with it' };
    if (!(await orchestrator.isDead(container))) return { dead: false, why: 'its outer container runs or is paused' };
    const view = reduceJournal((await orchestrator.fileOf(container, journalOnDisk)) ?? '');
    if (view.epoch !== epoch || !inDoubt.includes(view.state)) return { dead: false, why: `its journal says ${view.state} in epoch ${view.epoch}` };
    if ((await orchestrator.fileOf(container, dumpManifestOnDisk(epoch))) === undefined) return { dead: false, why: 'it may have run on after its final dump' };
    return { dead: true, container: container.id };
  };
