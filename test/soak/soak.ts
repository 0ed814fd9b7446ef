import { appendFile, cp, mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { keepEvidence } from '../chaos/evidence';
import { chaosDirectory, pairOf } from '../chaos/settings';
import { Subject } from '../chaos/subject';
import type { ChaosSystem } from '../chaos/system/chaos-system';
import { repository } from '../e2e/support/clusters';
import { checkHistory } from './check-history';
import { History } from './history';
import { runStep } from './run-step';
import { stepOf, type Moments, type Step } from './schedule';
import { takeAdvice } from './take-advice';

const port = 9190;

export interface Wanted {
  seed: number;
  untilMs: number;
  steps: number;
  moments: Moments;
}

/** One step after the other on one service; a new one takes its place when its memory is lost as declared. Ends at the first fault. */
export class Soak {
  readonly faults: string[] = [];
  readonly outcomes: Record<string, number> = {};
  ran = 0;
  private readonly history: History;
  private services = 0;

  private constructor(private readonly system: ChaosSystem, private readonly wanted: Wanted, readonly directory: string) {
    this.history = new History(path.join(directory, 'history.ndjson'));
  }

  static async prepare(system: ChaosSystem, wanted: Wanted): Promise<Soak> {
    const directory = path.join(repository, '.carryon/soak', `seed-${wanted.seed}`);
    await rm(directory, { recursive: true, force: true });
    await mkdir(directory, { recursive: true });
    return new Soak(system, wanted, directory);
  }

  async run(): Promise<void> {
    let subject: Subject | undefined;
    try {
      while (this.ran < this.wanted.steps && Date.now() < this.wanted.untilMs && this.faults.length === 0) {
        subject ??= await this.newSubject();
        const outcome = await this.step(subject, stepOf(this.wanted.seed, this.ran, this.wanted.moments));
        if (outcome !== 'declared-loss') continue;
        await subject.remove();
        subject = undefined;
      }
    } catch (error) {
      this.faults.push(`the soak itself could not go on: ${String(error)}`);
    } finally {
      await this.history.close();
      await this.check();
      if (this.faults.length > 0) await this.keep(subject);
      await subject?.remove();
    }
  }

  private async step(subject: Subject, step: Step): Promise<string> {
    await this.log('schedule', step);
    console.log(`soak: step ${JSON.stringify(step)}`);
    const began = Date.now();
    const { place } = subject;
    const { verdict, observed } = await runStep(this.system, subject, this.history, step);
    const tookMs = Date.now() - began;
    await this.log('steps', { index: step.index, service: subject.name, tookMs, ...verdict, ...observed });
    this.ran += 1;
    this.outcomes[verdict.outcome] = (this.outcomes[verdict.outcome] ?? 0) + 1;
    const advised = verdict.outcome === 'declared-loss' && observed.end ? await takeAdvice(this.system, subject, this.history, place, observed.end) : [];
    this.faults.push(...[...verdict.faults, ...advised].map((fault) => `step ${step.index}: ${fault}`));
    console.log(`soak: step ${step.index}: ${verdict.outcome} after ${tookMs} ms`);
    return verdict.outcome;
  }

  private async newSubject(): Promise<Subject> {
    this.services += 1;
    const name = `soak-${this.services}`;
    return Subject.start(this.system, name, port, pairOf(0), this.history.of(name));
  }

  /** What the engines and drivers said, before the clusters go down. */
  private async keep(subject: Subject | undefined): Promise<void> {
    if (subject) await keepEvidence(subject, 'evidence', this.directory);
    await cp(path.join(chaosDirectory, 'log'), path.join(this.directory, 'log'), { recursive: true }).catch(() => undefined);
  }

  /** All that the clients saw must be what one copy could have answered. */
  private async check(): Promise<void> {
    const verdicts = await checkHistory({ file: this.history.file });
    await this.log('verdicts', verdicts);
    for (const { key, linearizable, undecided, operations, unknown, parts, explained } of verdicts) {
      console.log(`soak: ${key}: ${operations} operations, ${unknown} without an answer, in ${parts} parts: ${linearizable ? 'linearizable' : 'not linearizable'}`);
      if (!linearizable) this.faults.push([undecided ? `${key}: the search for an order of its operations took too long` : `${key}: what the clients saw is not what one copy could have answered`, ...(explained ?? [])].join('\n  '));
    }
  }

  private log(name: string, content: object): Promise<void> {
    return appendFile(path.join(this.directory, `${name}.ndjson`), `${JSON.stringify(content)}\n`);
  }
}
