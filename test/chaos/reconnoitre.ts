import { strategies, type Side } from './cell';
import { isTag, type Passage, type Passed, type PassedTag } from './cells';
import { sides } from './cell';
import { awaitRest } from './rest';
import type { Subject } from './subject';
import { activitySteps, lineSteps } from './told';
import type { ChaosSystem } from './system/chaos-system';
import type { Strategy } from '../../domain/migration';

/** One migration by each strategy that is left alone, and one that owes pages: what do they ask for, which tags do the drivers pass, and in which order? */
export async function reconnoitre(system: ChaosSystem, subject: Subject): Promise<Passage> {
  const passage = {} as Record<Strategy, Passed[]>;
  for (const strategy of strategies) {
    const { id, place, tags } = await passedBy(system, subject, strategy);
    passage[strategy] = [...[...(await activitySteps(system.client, id)), ...(await lineSteps(subject, place, tags))].map((step) => ({ step })), ...tags];
  }
  passage['post-copy'].push(...whileOwing(passage['post-copy'], (await passedBy(system, subject, 'post-copy', true)).tags));
  return passage;
}

/** What is passed only where pages are owed, and what is passed while they are to come: from the restored copy, whose page daemon then lives through the commit, until all have come. */
export function whileOwing(plain: readonly Passed[], owing: readonly PassedTag[]): PassedTag[] {
  const [restored, done] = ['restored', 'pages-done'].map((wanted) => owing.findIndex(({ side, tag }) => side === 'destination' && tag === wanted)) as [number, number];
  if (restored < 0 || done < restored) throw new Error('the migration that owes its pages did not pass its restored copy and the end of its debt');
  const isOwed = (index: number) => index >= restored && index <= done;
  return owing.filter(({ side, tag }, index) => isOwed(index) || !plain.some((one) => isTag(one) && one.side === side && one.tag === tag)).map((passed) => ({ ...passed, owing: true }));
}

async function passedBy(system: ChaosSystem, subject: Subject, strategy: Strategy, owing = false): Promise<{ id: string; place: Subject['place']; tags: PassedTag[] }> {
  const { place } = subject;
  const { from, to } = place;
  const clusterOf: Record<Side, string> = { source: from, destination: to };
  const drivers = await Promise.all(sides.map(async (side) => ({ side, driver: await subject.outer(clusterOf[side]).slowDriver() })));
  for (const { side, driver } of drivers) {
    await driver?.forget();
    await driver?.trace(owing && side === 'destination');
  }
  const id = await subject.migrate(strategy);
  const end = await system.migrations.end(id);
  if (end.outcome !== 'committed') throw new Error(`an undisturbed migration ended as ${end.outcome}: ${end.message}`);
  await awaitRest(subject, Date.now(), () => end, restMs, true);
  const passed = await Promise.all(drivers.map(async ({ side, driver }) => ((await driver?.passed()) ?? []).map(({ at, tag }) => ({ at, side, tag }))));
  for (const { driver } of drivers) await driver?.leave();
  subject.place = { from: to, to: from };
  // Times of day of one machine; around midnight the order is another one, which harms nobody.
  return { id, place, tags: passed.flat().sort((a, b) => (a.at < b.at ? -1 : 1)).map(({ side, tag }) => ({ side, tag })) };
}

const restMs = 30_000;
