import type { Client } from '@temporalio/client';
import { setTimeout as pause } from 'node:timers/promises';
import type { Phase } from '../../../domain/phases';
import { migrationWorkflowId, type searchAttributeNames } from '../../../domain/names';
import { SlowDriver } from './slow-driver';

/** A moment of a migration: a phase as the workflow tells it, or an effect of the driver of one side. */
export type Moment = { phase: Phase } | { at: 'source' | 'destination'; tag: string };

export interface Reached {
  /** The driver stands still there until then; undefined: nothing does. */
  untilMs?: number;
}

/** Says when the moment of the next migration is there. */
export interface Watch {
  there(): Promise<Reached | undefined>;
  done(): Promise<void>;
}

/** To be called before the migration begins. */
export async function watchFor(moment: Moment, temporal: Client, service: string, place: { from: string; to: string }): Promise<Watch> {
  if ('tag' in moment) return atEffect(service, moment.at === 'source' ? place.from : place.to, moment.tag);
  return { there: async () => ((await phaseOf(temporal, service)) === moment.phase ? {} : undefined), done: () => Promise.resolve() };
}

/** The server knows it without asking a coordinator, who may be too busy to answer within the phase. */
async function phaseOf(temporal: Client, service: string): Promise<unknown> {
  const { searchAttributes } = await temporal.workflow.getHandle(migrationWorkflowId(service)).describe();
  return searchAttributes[phaseAttribute]?.[0];
}

const phaseAttribute: (typeof searchAttributeNames)[number] = 'CarryonPhase';

async function atEffect(service: string, cluster: string, tag: string): Promise<Watch> {
  const driver = await SlowDriver.at(cluster, service);
  await driver.forget();
  await driver.pauseAt(tag);
  const there = async () => {
    const untilMs = await driver.pausesUntil(tag);
    return untilMs === undefined ? undefined : { untilMs };
  };
  return { there, done: () => driver.pauseAt(undefined) };
}

const lookEachMs = 20;

/** Resolves at the moment; fails when the migration ends without having been there. */
export async function reach(watch: Watch, end: Promise<unknown>): Promise<Reached> {
  let over = false;
  const ended = end.finally(() => (over = true));
  ended.catch(() => undefined);
  try {
    for (;;) {
      const reached = await watch.there();
      if (reached) return reached;
      if (over) throw new Error(`the migration ended before its moment: ${JSON.stringify(await ended)}`);
      await pause(lookEachMs);
    }
  } finally {
    await watch.done();
  }
}
