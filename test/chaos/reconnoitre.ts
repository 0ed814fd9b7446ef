import { strategies, type Side } from './cell';
import type { Passage, Passed } from './cells';
import { sides } from './cell';
import { awaitRest } from './rest';
import type { Subject } from './subject';
import type { ChaosSystem } from './system/chaos-system';
import type { Strategy } from '../../domain/migration';

/** One migration by each strategy that is left alone: which tags do the drivers pass, and in which order? */
export async function reconnoitre(system: ChaosSystem, subject: Subject): Promise<Passage> {
  const passage = {} as Record<Strategy, Passed[]>;
  for (const strategy of strategies) passage[strategy] = await passedBy(system, subject, strategy);
  return passage;
}

async function passedBy(system: ChaosSystem, subject: Subject, strategy: Strategy): Promise<Passed[]> {
  const { from, to } = subject.place;
  const clusterOf: Record<Side, string> = { source: from, destination: to };
  const drivers = await Promise.all(sides.map(async (side) => ({ side, driver: await subject.outer(clusterOf[side]).slowDriver() })));
  for (const { driver } of drivers) {
    await driver?.forget();
    await driver?.trace();
  }
  const end = await system.migrations.end(await subject.migrate(strategy));
  if (end.outcome !== 'committed') throw new Error(`an undisturbed migration ended as ${end.outcome}: ${end.message}`);
  await awaitRest(subject, Date.now(), () => end, restMs, true);
  const passed = await Promise.all(drivers.map(async ({ side, driver }) => ((await driver?.passed()) ?? []).map(({ at, tag }) => ({ at, side, tag }))));
  for (const { driver } of drivers) await driver?.pauseAt(undefined);
  subject.place = { from: to, to: from };
  // Times of day of one machine; around midnight the order is another one, which harms nobody.
  return passed.flat().sort((a, b) => (a.at < b.at ? -1 : 1)).map(({ side, tag }) => ({ side, tag }));
}

const restMs = 30_000;
