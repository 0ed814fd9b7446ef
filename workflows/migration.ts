import { CancellationScope, setCurrentDetails, uuid4 } from '@temporalio/workflow';
import type { DriverEvent, StepResult } from '../domain/engine';
import type { MigrationPlan, MigrationReport, Outcome, Progress, SourceNow, Step, Ticket, Warning } from '../domain/migration';
import { phases, type Phase } from '../domain/phases';
import { formatBytes, formatDuration } from '../domain/quantities';
import { queuedText, type SlotNews } from '../domain/queue';
import { buildReport, downtimeOfEvents, stepsOfEvents } from '../domain/report';
import type { FullRequest } from '../domain/request';
import { windowOfEvents } from '../domain/window';
import { describeInSearch } from './search-attributes';

/** What one migration has come to: the answer to every message, and the report at its end. */
export class Migration {
  readonly id = uuid4();
  /** All that may still be given up runs in it. */
  readonly abortable = new CancellationScope();
  readonly startedMs = Date.now();
  plan?: MigrationPlan;
  ticket?: Ticket;
  searchable = false;
  committed = false;
  /** When; ms since 1970. */
  committedMs = 0;
  outcome?: Outcome;
  abortReason?: string;
  /** Clusters that are gone for ever, as a human knows. */
  readonly lost = new Set<string>();
  /** How often that was said, of whichever cluster. */
  timesLost = 0;
  /** What has become of the service at the source, where it does not simply run on when the migration was taken back. */
  sourceNow?: SourceNow;
  /** In the queue: asked to be planned, in turn for it, asked for a slot, or given it. */
  slot?: 'asked-to-plan' | 'plans' | 'asked' | 'granted';
  /** What it waits behind, or did. */
  queued?: { behind: number; cluster: string };
  /** The source died in the freeze, as its coordinator certified, and the destination's complete copy is committed: the orchestrator's id of the dead container. */
  sourceDied?: string;
  /** What a rollback leaves that somebody should know. */
  readonly remarks: string[] = [];
  /** Clusters that have hooks to run when the service has moved. */
  readonly hooked = new Set<string>();
  private phase: Phase = 'plan';
  private message: string = phases.plan.title;
  private reason?: string;
  private bytes = 0;
  private downtimeMs?: number;
  private frozenMs?: number;
  private beganMs = this.startedMs;
  private readonly steps: Step[] = [];
  private readonly warnings: Warning[] = [];
  private events: DriverEvent[] = [];

  constructor(readonly request: FullRequest) {}

  /** Runs one step of a phase, telling the world about it before and after. */
  async during<T>(phase: Phase, name: string, act: () => Promise<T>): Promise<T> {
    this.enter(phase, name);
    const startedMs = Date.now();
    try {
      return await act();
    } finally {
      this.steps.push({ phase, name, startedMs: startedMs - this.startedMs, durationMs: Date.now() - startedMs });
    }
  }

  enter(phase: Phase, message: string): void {
    if (phase !== this.phase && this.searchable) describeInSearch({ CarryonPhase: phase });
    this.phase = phase;
    this.note(message);
  }

  note(message: string): void {
    this.message = message;
    setCurrentDetails(this.details());
  }

  /** Of one that has no plan yet. */
  showRequest(): void {
    if (this.searchable) describeInSearch({ CarryonService: this.request.service, CarryonDestination: this.request.to, CarryonPhase: this.phase });
  }

  accept(plan: MigrationPlan): void {
    this.plan = plan;
    if (!this.searchable) return;
    describeInSearch({
      CarryonService: plan.service.name,
      CarryonSource: plan.from,
      CarryonDestination: plan.to,
      CarryonStrategy: plan.strategy,
      CarryonPhase: this.phase,
    });
  }

  hearOfSlot(news: SlotNews): void {
    // News of the turn may still come when the slot is asked for.
    if (this.slot !== (news.plans ? 'asked-to-plan' : 'asked')) return;
    if (news.granted) {
      this.slot = news.plans ? 'plans' : 'granted';
      return;
    }
    const { behind, cluster } = news;
    this.queued = { behind, cluster };
    this.enter('queue', queuedText(behind, cluster));
  }

  /** After a wait in the queue. */
  begins(): void {
    this.queued = undefined;
    this.beganMs = Date.now();
    this.enter('plan', phases.plan.title);
  }

  sent(bytes: number): void {
    this.bytes += bytes;
    this.note(this.message);
  }

  /** From here until commit the service may stand still. */
  freezes(): void {
    this.frozenMs = Date.now();
  }

  /** The one instant after which nothing is taken back. */
  commits(result: Partial<StepResult>): void {
    this.committed = true;
    this.committedMs = Date.now();
    this.learn(result.events ?? []);
    this.downtimeMs = result.downtimeMs ?? this.downtimeMs ?? (this.frozenMs === undefined ? undefined : Date.now() - this.frozenMs);
    if (result.bytes !== undefined) this.bytes += result.bytes;
  }

  /** The driver's own timeline, at its own precision; each answer tells it from the beginning. */
  learn(events: DriverEvent[]): void {
    if (events.length >= this.events.length) this.events = events;
    this.downtimeMs = downtimeOfEvents(events) ?? this.downtimeMs;
  }

  warn(code: string, message: string): void {
    this.warnings.push({ code, message });
    this.note(message);
  }

  abort(reason: string): void {
    this.abortReason ??= reason;
    this.note(`abort asked for: ${reason}`);
    this.abortable.cancel();
  }

  end(outcome: Outcome, reason?: string): MigrationReport | undefined {
    this.outcome = outcome;
    this.reason = reason;
    this.enter('done', reason ?? outcome);
    return this.report();
  }

  report(): MigrationReport | undefined {
    if (!this.plan) return undefined;
    const { service, from, to, strategy, predicted } = this.plan;
    const window = strategy === 'post-copy' ? windowOfEvents(this.events, predicted.exposedBytes) : undefined;
    return buildReport({
      migration: this.id,
      service: service.id,
      name: service.name,
      from,
      to,
      strategy,
      outcome: this.outcome ?? (this.committed ? 'committed' : 'rolled-back'),
      startedMs: this.startedMs,
      endedMs: Date.now(),
      downtimeMs: this.downtimeMs,
      bytesSent: this.bytes,
      ...(window && { window }),
      steps: [...this.steps, ...stepsOfEvents(this.events, this.startedMs)],
      ...(this.warnings.length > 0 && { warnings: this.warnings }),
      reason: this.reason,
      ...(this.sourceNow && { sourceNow: this.sourceNow }),
    });
  }

  progress(): Progress {
    const predicted = this.plan?.predicted;
    const remainingMs = predicted && this.outcome === undefined ? Math.max(0, predicted.migrationMs - (this.phase === 'queue' ? 0 : Date.now() - this.beganMs)) : undefined;
    return {
      phase: this.phase,
      message: this.message,
      bytes: this.bytes,
      totalBytes: Math.max(this.bytes, predicted?.bytes ?? 0),
      ...(remainingMs !== undefined && { remainingMs }),
      ...(this.phase === 'queue' && this.queued && { queued: this.queued }),
    };
  }

  private details(): string {
    const { phase, message, bytes, totalBytes, remainingMs } = this.progress();
    const left = remainingMs === undefined ? '' : `, about ${formatDuration(remainingMs)} left`;
    return `**${phases[phase].title}**: ${message}\n\n${formatBytes(bytes)} of about ${formatBytes(totalBytes)}${left}`;
  }
}

/** A migration that has its plan and ticket. */
export type ArmedMigration = Migration & { plan: MigrationPlan; ticket: Ticket };

export function armed(migration: Migration): ArmedMigration {
  if (!migration.plan || !migration.ticket) throw new Error('the migration has no ticket yet');
  return migration as ArmedMigration;
}
