import { setTimeout as pause } from 'node:timers/promises';
import type { MigrationEnd } from '../../clients/temporal';
import { reach, watchFor } from '../e2e/support/moments';
import { noVictim, sides, type Cell, type Outcome, type Result, type Side } from './cell';
import { kills } from './kill/kills';
import type { Scene } from './kill/scene';
import { momentOf } from './moment';
import { Copies } from './copies';
import { follow } from './follow';
import { check } from './oracle/check';
import { judge, mayBeDeclaredLost, type Observed } from './oracle/judge';
import { awaitRest } from './rest';
import type { Subject } from './subject';
import type { ChaosSystem } from './system/chaos-system';

const recoversWithinMs = 90_000;
/** What is cut for ever is left so for this long, unless all is well before. */
const everMs = 20_000;
/** Where the service stands still then: until after the deadline at which a destination that hears nothing discards what it holds. */
const beyondDeadlineMs = 25_000;
const memoryMs = 5_000;

/** Moves the service, kills at the step, waits for what comes of it, and judges. */
export async function runCell(system: ChaosSystem, subject: Subject, cell: Cell, commit: string): Promise<Result> {
  const copies = new Copies([subject.outer(subject.place.from), subject.outer(subject.place.to)]);
  try {
    return await watchedCell(system, subject, cell, commit, copies);
  } finally {
    await copies.stop();
  }
}

async function watchedCell(system: ChaosSystem, subject: Subject, cell: Cell, commit: string, copies: Copies): Promise<Result> {
  const { from, to } = subject.place;
  const outer: Scene['outer'] = { source: subject.outer(from), destination: subject.outer(to) };
  const place: Record<Side, string> = { source: from, destination: to };
  const epoch = 1 + Math.max(...(await Promise.all(sides.map(async (side) => (await outer[side].journal()).epoch))));
  const states = async () => ({ source: await outer.source.state(epoch), destination: await outer.destination.state(epoch) });
  const known = subject.answers.at(-1)?.incarnation;
  const before = Object.fromEntries(sides.map((side) => [side, subject.at(place[side]).broken])) as Record<Side, number>;
  const unreached = (why: string, outcome: Outcome = 'not-reached'): Result => ({ ...cell, outcome, lostMemory: false, lostAcknowledged: 0, copies: 1, connectionsBroken: 0, recoveryMs: null, commit, remarks: [why] });

  const moment = momentOf(cell.step);
  const announced = mayBeDeclaredLost(cell) ? await subject.announcesLoss() : undefined;
  const migration = cell.step === 'at-rest' ? undefined : await begin(system, subject, cell, moment);
  if (migration && 'why' in migration) return unreached(migration.why, migration.outcome);

  const killedAt = Date.now();
  const struck = await kills[cell.killed]({ system, outer });
  const punctual = punctuality(struck?.atMs ?? Date.now(), migration?.untilMs);
  if (!struck) {
    await migration?.over;
    await settleDown(subject, migration, killedAt);
    return { ...unreached(`${noVictim} ${cell.killed} at that moment`), ...punctual };
  }
  // An answer that was heard while the victim was being killed says nothing about what comes after it.
  const struckAt = Date.now();
  const atKill = await states();
  const ever = cell.killed.startsWith('link-ever');
  const first = ever ? await awaitRest(subject, struckAt, () => migration?.ended, everMs, migration !== undefined) : undefined;
  let stoodStill = ever && !(await answersAnywhere(subject)) ? await states() : undefined;
  if (stoodStill) {
    await pause(beyondDeadlineMs);
    stoodStill = (await answersAnywhere(subject)) ? undefined : await states();
  }
  const toldThen = stoodStill && migration && (await progressOf(system, migration.id));
  await struck.mend();
  const crashed = sides.find((side) => cell.killed === `${side}-container`);
  // An outer container takes its connections along without a FIN. So does the only copy of the service: who waits for its answer has nothing to send again.
  const over = () => sides.filter((side) => side === crashed || (crashed && subject.answers.at(-1)?.incarnation !== known)).map((side) => place[side]);
  const rest = first?.whole ? first : await awaitRest(subject, ever ? Date.now() : struckAt, () => migration?.ended, recoversWithinMs, migration !== undefined, over);

  const running = await Promise.all(sides.map((side) => outer[side].running()));
  const owner = sides[running.findIndex((count) => count > 0)];
  const memory = owner && (await subject.at(place[owner]).ask('m', memoryMs));
  if (owner === 'destination') subject.place = { from: to, to: from };
  // Before the ledger is read: what is acknowledged meanwhile need not be in it yet.
  const answers = [...subject.answers];
  const observed: Observed = {
    atKill,
    now: await states(),
    end: migration?.ended,
    progress: migration && !migration.ended ? await progressOf(system, migration.id) : undefined,
    ...(owner && memory && { answers: { at: owner, sameMemory: memory.incarnation === known } }),
    stoodStill,
    toldThen,
    watched: copies,
    announced,
    findings: check({ answers, ledger: await outer[owner ?? 'destination'].ledger(), running }),
    broken: Object.fromEntries(sides.map((side) => [side, subject.at(place[side]).broken - before[side] + (rest.whole ? 0 : subject.at(place[side]).silentSince(struckAt))])) as Record<Side, number>,
  };
  if (memory) subject.forget(memory.incarnation);
  const judgement = judge(cell, observed);
  const unfinished = judgement.outcome !== 'violated' && judgement.outcome !== 'declared-loss' && !rest.whole ? [`not all was at rest ${recoversWithinMs} ms later: ${JSON.stringify(observed.now)}${unheard(subject, struckAt)}`] : [];
  return {
    ...cell,
    ...judgement,
    ...(unfinished.length > 0 && { outcome: 'violated' as const, remarks: unfinished }),
    ...punctual,
    looks: copies.looks,
    recoveryMs: rest.whole ? rest.atMs - killedAt : null,
    commit,
  };
}

/** @param untilMs Until when the driver stands still at the moment; undefined where nothing does. */
function punctuality(atMs: number, untilMs: number | undefined): Pick<Result, 'inTime' | 'lateMs'> {
  if (untilMs === undefined) return {};
  return atMs <= untilMs ? { inTime: true } : { lateMs: atMs - untilMs };
}

interface Running {
  id: string;
  /** The driver stands still at the moment until then. */
  untilMs?: number;
  ended?: MigrationEnd;
  over: Promise<void>;
}

interface NotThere {
  why: string;
  outcome: 'not-reached' | 'violated';
}

/** Resolves at the moment, or when the migration has ended without having been there: which it may only by a commit, as it was held up for a moment at most. */
async function begin(system: ChaosSystem, subject: Subject, cell: Cell, moment: ReturnType<typeof momentOf>): Promise<Running | NotThere> {
  if (!moment) return { why: 'no driver passes this tag in this strategy', outcome: 'not-reached' };
  const watch = await watchFor(moment, system.client, subject.name, subject.place);
  const id = await subject.migrate(cell.strategy);
  const migration: Running = { id, over: Promise.resolve() };
  migration.over = follow(system, id).then((end) => void (migration.ended = end));
  try {
    return Object.assign(migration, await reach(watch, migration.over));
  } catch (error) {
    await settleDown(subject, migration, Date.now());
    if (migration.ended?.outcome === 'committed') return { why: 'the migration went on to its end without passing it', outcome: 'not-reached' };
    return { why: `nothing was killed, and the migration ended ${migration.ended ? `as ${migration.ended.outcome}: ${migration.ended.message}` : `not: ${String(error)}`}`, outcome: 'violated' };
  }
}

/** A cell that did not kill anything leaves the service whole, wherever it is now. */
async function settleDown(subject: Subject, migration: Running | undefined, since: number): Promise<void> {
  await awaitRest(subject, since, () => migration?.ended, recoversWithinMs, migration !== undefined);
  const { from, to } = subject.place;
  if ((await subject.outer(to).journal()).state === 'running') subject.place = { from: to, to: from };
}

function unheard(subject: Subject, since: number): string {
  const silent = Object.values(subject.place).map((cluster) => `${subject.at(cluster).silentSince(since)} at ${cluster}`);
  return `; connections without an answer since: ${silent.join(', ')}`;
}

const answersAnywhere = async (subject: Subject) =>
  (await Promise.all(Object.values(subject.place).map((cluster) => subject.at(cluster).ask('i', memoryMs)))).some((answer) => answer !== undefined);

async function progressOf(system: ChaosSystem, id: string): Promise<string | undefined> {
  const status = await Promise.race([system.migrations.status(id).catch(() => undefined), pause(memoryMs, undefined)]);
  return status?.progress?.message;
}
