import { idOf, type Cell, type Result, type Victim } from './cell';
import { keepEvidence } from './evidence';
import { mendLink } from './kill/link';
import { runCell } from './run-cell';
import { firstPort, pairOf } from './settings';
import { Subject } from './subject';
import type { ChaosSystem } from './system/chaos-system';

/** What these kill, the services of all lanes need. */
const shared: readonly Victim[] = ['temporal'];
/** A busy machine may kill too late, and then does so seldom. */
const mostTries = 3;

/**
 * Runs cells one after the other on a service each lane, which has clusters of its own; those that hit more than these run while no other does. A plan asks the
 * coordinators of all clusters where the service is: one that another lane has killed costs it some seconds before its step, and changes nothing else.
 */
export class Runner {
  ran = 0;
  violated = 0;
  /** Kills that came when the driver had gone on from the step. */
  late = 0;
  private readonly tries = new Map<string, number>();

  constructor(
    private readonly system: ChaosSystem,
    private readonly commit: string,
    private untilMs: number,
    private readonly told: (result: Result, tookMs: number) => Promise<void>,
  ) {}

  /** After the cells that are under way. */
  stop(): void {
    this.untilMs = 0;
  }

  async run(cells: readonly Cell[], lanes: number): Promise<void> {
    const alone = cells.filter(({ killed }) => shared.includes(killed));
    const beside = cells.filter(({ killed }) => !shared.includes(killed));
    const each = Array.from({ length: Math.max(1, Math.min(lanes, beside.length)) }, (_, index) => index);
    await this.untilAllEnded(each.map((lane) => this.lane(lane, beside)));
    await this.lane(0, alone);
  }

  /** A lane that cannot go on stops the others, but does not leave them without a system in the middle of a cell. */
  private async untilAllEnded(lanes: Promise<void>[]): Promise<void> {
    const stopping = lanes.map((lane) => lane.catch((error: unknown) => {
      this.stop();
      throw error;
    }));
    await Promise.allSettled(stopping);
    await Promise.all(stopping);
  }

  /** Takes from the queue what no other lane has taken. */
  private async lane(index: number, queue: Cell[]): Promise<void> {
    let subject: Subject | undefined;
    try {
      while (Date.now() < this.untilMs) {
        const cell = queue.shift();
        if (!cell) break;
        const began = Date.now();
        subject = await this.wholeSubject(index, subject);
        const result = await runCell(this.system, subject, cell, this.commit).catch((error: unknown) => failed(cell, error, this.commit));
        if (this.isTriedAgain(result)) queue.push(cell);
        else await this.note(inTime(result), Date.now() - began);
        if (result.outcome === 'violated') await keepEvidence(subject, idOf(result));
        if (result.outcome === 'violated' || result.outcome === 'declared-loss') subject = await discard(subject);
      }
    } finally {
      await subject?.remove();
    }
  }

  private async note(result: Result, tookMs: number): Promise<void> {
    this.ran += 1;
    if (result.outcome === 'violated') this.violated += 1;
    await this.told(result, tookMs);
  }

  private isTriedAgain(result: Result): boolean {
    if (result.lateMs === undefined || result.outcome === 'violated') return false;
    const tries = 1 + (this.tries.get(idOf(result)) ?? 0);
    this.tries.set(idOf(result), tries);
    this.late += 1;
    return tries < mostTries;
  }

  private async wholeSubject(index: number, subject: Subject | undefined): Promise<Subject> {
    if (subject && (await subject.isWhole())) return subject;
    await subject?.remove();
    const fresh = () => Subject.start(this.system, `chaos-${index}`, firstPort + index, pairOf(index));
    // What the last cell killed may still be on its way back.
    return fresh().catch(fresh);
  }
}

async function discard(subject: Subject): Promise<undefined> {
  await mendLink(Object.values(subject.place)).catch(() => undefined);
  await subject.remove();
}

/** What broke a rule did so at whatever moment. The rest is no proof for this step. */
const inTime = (result: Result): Result =>
  result.lateMs === undefined || result.outcome === 'violated' ? result : { ...result, outcome: 'not-reached', lostMemory: false, connectionsBroken: 0, recoveryMs: null, remarks: [`killed ${mostTries} times, each time after the driver had gone on (${result.lateMs} ms the last time)`] };

/** The test itself could not go on: that is no proof of anything, and must be seen. */
const failed = (cell: Cell, error: unknown, commit: string): Result => ({
  ...cell, outcome: 'violated', lostMemory: false, lostAcknowledged: 0, copies: 0, connectionsBroken: 0, recoveryMs: null, commit,
  remarks: [`the cell could not be run to its end: ${error instanceof Error ? error.message : String(error)} (${idOf(cell)})`],
});
