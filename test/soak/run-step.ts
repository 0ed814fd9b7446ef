import { setTimeout as pause } from 'node:timers/promises';
import { exitCodes } from '../../cli/exit-codes';
import type { MigrationEnd } from '../../clients/temporal';
import type { Strategy } from '../../domain/migration';
import { sides, type Side } from '../chaos/cell';
import { Copies } from '../chaos/copies';
import { follow } from '../chaos/follow';
import type { Scene } from '../chaos/kill/scene';
import { momentOf } from '../chaos/moment';
import { check } from '../chaos/oracle/check';
import { awaitRest } from '../chaos/rest';
import type { Subject } from '../chaos/subject';
import type { ChaosSystem } from '../chaos/system/chaos-system';
import { reach, watchFor, type Watch } from '../e2e/support/moments';
import { runCommand, stopAndStart, type Commanded } from './command';
import { disturb } from './disturb';
import type { History } from './history';
import type { Disturbance, Step } from './schedule';
import { verdictOn, type Disturbed, type Observed, type Verdict } from './verdict';

const recoversWithinMs = 90_000;
const memoryMs = 5_000;

export interface Done {
  verdict: Verdict;
  observed: Observed;
}

/** Does what the step says, waits until all is at rest again, and judges; the history is told what memory may have been lost. */
export async function runStep(system: ChaosSystem, subject: Subject, history: History, step: Step): Promise<Done> {
  const { from, to } = subject.place;
  const outer: Scene['outer'] = { source: subject.outer(from), destination: subject.outer(to) };
  const place: Record<Side, string> = { source: from, destination: to };
  const began = Date.now();
  const epoch = 1 + Math.max(...(await Promise.all(sides.map(async (side) => (await outer[side].journal()).epoch))));
  const states = async () => ({ source: await outer.source.state(epoch), destination: await outer.destination.state(epoch) });
  const known = subject.answers.at(-1)?.incarnation;
  const before = { source: subject.at(from).broken, destination: subject.at(to).broken };
  const copies = new Copies([outer.source, outer.destination]);
  try {
    await pause(step.idleMs);
    const watch = step.strategy && (await watchOf(system, subject, step.disturbances[0]));
    const migration = step.strategy && (await begin(system, subject, step.strategy));
    const [disturbed, ...commanded] = await Promise.all([
      reached(watch, migration).then((there) => (there ? disturb({ system, outer }, history, states, step.disturbances) : [])),
      ...step.commands.map(async ({ command, afterMs }) => {
        await pause(afterMs);
        return command === 'stop-start' ? recordedStop(system, subject, history) : runCommand(system, subject, history, command);
      }),
    ] as [Promise<Disturbed[]>, ...Promise<Commanded>[]]);
    const rest = await awaitRest(subject, Date.now(), () => migration?.ended, recoversWithinMs, migration !== undefined);

    const running = await Promise.all(sides.map((side) => outer[side].running()));
    const owner = sides[running.findIndex((count) => count > 0)];
    const memory = owner && (await subject.at(place[owner]).ask('m', memoryMs));
    await copies.stop();
    if (owner === 'destination') subject.place = { from: to, to: from };
    // Before the ledger is read: what is acknowledged meanwhile need not be in it yet.
    const answers = [...subject.answers];
    const ledger = await history.readLedger(subject.name, () => outer[owner ?? 'destination'].ledger());
    const silent = (side: Side) => (rest.whole ? 0 : subject.at(place[side]).silentSince(began));
    const broken = (side: Side) => subject.at(place[side]).broken - before[side] + silent(side);
    const observed: Observed = {
      disturbed,
      commanded,
      now: await states(),
      atRest: history.now(),
      whole: rest.whole,
      end: migration?.ended,
      ...(owner && memory && { answers: { at: owner, sameMemory: memory.incarnation === known } }),
      broken: { source: broken('source'), destination: broken('destination') },
      looks: copies.looks,
      twoCopies: copies.faults,
      findings: check({ answers, ledger, running }),
    };
    const verdict = verdictOn(step, observed);
    tell(history, subject.name, verdict);
    if (memory) subject.forget(memory.incarnation);
    return { verdict, observed };
  } finally {
    await copies.stop();
  }
}

async function watchOf(system: ChaosSystem, subject: Subject, first: Disturbance | undefined): Promise<Watch | undefined> {
  const moment = first && first.at !== 'after-the-first' ? momentOf(first.at) : undefined;
  return moment && watchFor(moment, system.client, subject.name, subject.place);
}

/** False when the migration ended without having been at the moment. */
const reached = async (watch: Watch | undefined, migration: Running | undefined): Promise<boolean> => !watch || !migration || reach(watch, migration.over).then(() => true, () => false);

interface Running {
  ended?: MigrationEnd;
  over: Promise<void>;
}

async function begin(system: ChaosSystem, subject: Subject, strategy: Strategy): Promise<Running> {
  const id = await subject.migrate(strategy);
  const migration: Running = { over: Promise.resolve() };
  migration.over = follow(system, id).then((end) => void (migration.ended = end));
  return migration;
}

async function recordedStop(system: ChaosSystem, subject: Subject, history: History): Promise<Commanded> {
  const call = history.now();
  const stopped = await stopAndStart(system, subject);
  const returned = history.now();
  if (stopped) history.event(subject.name, 'crash', call, returned);
  return { command: 'stop-start', exitCode: stopped ? exitCodes.done : exitCodes.refused, output: '', call, returned, faults: stopped ? [] : ['carryon stop was refused, though nothing was under way'] };
}

/** What was allowed has the times at which it was done; it is over when all has come to rest. */
function tell(history: History, service: string, { memoryMayBeLost }: Verdict): void {
  for (const { call, returned, certain } of memoryMayBeLost) history.event(service, certain ? 'crash' : 'may-crash', call, returned);
  history.event(service, 'settled', history.now());
}
