import type { Client } from '@temporalio/client';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Phase } from '../../../domain/phases';
import type { Side } from '../../../domain/resolution';
import { journalOnDisk, migrationWorkflowId } from '../../../domain/names';
import { journalEntries } from '../../../domain/journal';
import { phaseAttribute, typeIn } from './history';
import { rootOf } from './outer-files';
import { SlowDriver } from './slow-driver';

/**
 * A moment of a migration: a phase as the workflow tells it; that it asks for an activity of this type for the nth time; a line that the engine of one side has written to its journal;
 * or an effect of the driver of one side, `owing`: of a post-copy that owes all pages after its commit.
 */
export type Moment = { phase: Phase } | { activity: string; nth: number } | { at: Side; line: string } | { at: Side; tag: string; owing?: boolean };

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
  if ('tag' in moment) return atEffect(moment, service, place);
  if ('line' in moment) return atLine(moment.line, await rootOf(moment.at === 'source' ? place.from : place.to, service));
  if ('activity' in moment) return { there: async () => ((await activitiesOf(temporal, service)).filter((type) => type === moment.activity).length >= moment.nth ? {} : undefined), done: () => Promise.resolve() };
  return { there: async () => ((await phaseOf(temporal, service)) === moment.phase ? {} : undefined), done: () => Promise.resolve() };
}

/** The server knows it without asking a coordinator, who may be too busy to answer within the phase. */
async function phaseOf(temporal: Client, service: string): Promise<unknown> {
  const { searchAttributes } = await temporal.workflow.getHandle(migrationWorkflowId(service)).describe();
  return searchAttributes[phaseAttribute]?.[0];
}

/** Types of the activities that its migration has asked for, in their order. */
async function activitiesOf(temporal: Client, service: string): Promise<string[]> {
  const { events } = await temporal.workflow.getHandle(migrationWorkflowId(service)).fetchHistory();
  return (events ?? []).flatMap((event) => typeIn(event) ?? []);
}

/** Nothing stands still there: what the engine does next, it does meanwhile. */
async function atLine(state: string, root: string | undefined): Promise<Watch> {
  const newestEpoch = async () => {
    const text = root === undefined ? '' : await readFile(path.join(root, journalOnDisk), 'utf8').catch(() => '');
    return Math.max(0, ...journalEntries(text).filter((entry) => entry.state === state).map(({ epoch }) => epoch));
  };
  const before = await newestEpoch();
  return { there: async () => ((await newestEpoch()) > before ? {} : undefined), done: () => Promise.resolve() };
}

async function atEffect({ at, tag, owing = false }: Extract<Moment, { tag: string }>, service: string, { from, to }: { from: string; to: string }): Promise<Watch> {
  const driver = await SlowDriver.at(at === 'source' ? from : to, service);
  const debtor = owing && at === 'source' ? await SlowDriver.at(to, service) : undefined;
  await driver.forget();
  await debtor?.owe();
  await driver.pauseAt(tag, owing && at === 'destination');
  const there = async () => {
    const untilMs = await driver.pausesUntil(tag);
    return untilMs === undefined ? undefined : { untilMs };
  };
  return { there, done: async () => void (await Promise.all([driver.leave(), debtor?.leave()])) };
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
