import { setTimeout as pause } from 'node:timers/promises';
import type { Migrations } from '../../../clients/temporal';
import type { Phase } from '../../../domain/phases';
import { SlowDriver } from './slow-driver';

/** A moment of a migration: a phase as the workflow tells it, or an effect of the driver of one side. */
export type Moment = { phase: Phase } | { at: 'source' | 'destination'; tag: string };

/** Says when the moment of the next migration is there. */
export interface Watch {
  there(): Promise<boolean>;
  done(): Promise<void>;
}

/** To be called before the migration begins. */
export async function watchFor(moment: Moment, migrations: Migrations, service: string, place: { from: string; to: string }): Promise<Watch> {
  if ('tag' in moment) return atEffect(service, moment.at === 'source' ? place.from : place.to, moment.tag);
  return { there: async () => (await migrations.status(service)).progress?.phase === moment.phase, done: () => Promise.resolve() };
}

async function atEffect(service: string, cluster: string, tag: string): Promise<Watch> {
  const driver = await SlowDriver.at(cluster, service);
  await driver.forget();
  await driver.pauseAt(tag);
  return { there: () => driver.paused(tag), done: () => driver.pauseAt(undefined) };
}

const lookEachMs = 5;

/** Resolves at the moment; fails when the migration ends without having been there. */
export async function reach(watch: Watch, end: Promise<unknown>): Promise<void> {
  let over = false;
  const ended = end.finally(() => (over = true));
  ended.catch(() => undefined);
  try {
    while (!(await watch.there())) {
      if (over) throw new Error(`the migration ended before its moment: ${JSON.stringify(await ended)}`);
      await pause(lookEachMs);
    }
  } finally {
    await watch.done();
  }
}
