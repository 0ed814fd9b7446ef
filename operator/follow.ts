import { watchMigration } from '../clients/temporal/watch-migration';
import type { MigrationEnd, MigrationRun, Migrations } from '../clients/temporal';
import { CarryonError } from '../domain/errors';
import { eventsOf, type Told } from './events';
import type { MigrationObject, MigrationObjectStatus } from './migration';
import type { MigrationObjects } from './objects';
import { persist } from './persist';
import { requestOf } from './request';
import type { Seen } from './seen';
import { statusOf } from './status';
import { StatusWriter } from './status-writer';

export interface FollowOptions {
  objects: MigrationObjects;
  /** Connected; throws our errors only. */
  migrations(): Promise<Pick<Migrations, 'startFor' | 'startedFor' | 'status' | 'end' | 'abort'>>;
  log: (line: string) => void;
  /** The operator lacks a right that it cannot do without. */
  forbidden: (error: CarryonError) => void;
  /** The operator ends: the migration goes on. */
  signal: AbortSignal;
}

/** Sees one object through: starts its migration, or finds the one that was started for it, tells how it goes, and takes it back when the object is deleted. */
export class Follower {
  /** Aborted when the object is being deleted. */
  private readonly deletion = new AbortController();
  private readonly gone = new AbortController();
  private readonly writer: StatusWriter;
  private readonly told = new Set<string>();
  private seen: Seen;
  private status?: MigrationObjectStatus;

  constructor(private readonly object: MigrationObject, private readonly options: FollowOptions) {
    const { workflowId, runId } = object.status ?? {};
    this.seen = { ...(workflowId && runId && { run: { workflowId, runId } }) };
    this.status = object.status;
    this.writer = new StatusWriter((status) => this.persist('its status', () => options.objects.putStatus(object, status)), object.status);
    this.see(object);
  }

  /** Only a deletion can change what is to be done. */
  see({ metadata }: MigrationObject): void {
    if (metadata.deletionTimestamp) this.deletion.abort();
  }

  /** Somebody has taken the finalizer away: nothing is left to write to. */
  leave(): void {
    this.gone.abort();
  }

  isLeft(): boolean {
    return this.gone.signal.aborted;
  }

  async run(): Promise<void> {
    const { objects } = this.options;
    // What has ended is not looked at again: Temporal forgets it in the end.
    if (!this.status?.outcome) {
      if (!(await this.persist('its finalizer', () => objects.keep(this.object)))) return;
      await this.seeThrough();
      await this.writer.flushed();
    }
    await this.persist('its finalizer', () => objects.release(this.object));
  }

  private async seeThrough(): Promise<void> {
    const run = await this.persist('its migration', () => this.obtain());
    if (!run) return;
    const over = new AbortController();
    const abort = () => void this.persist('its abort', () => this.abort(run), over.signal).catch(() => undefined);
    if (this.deletion.signal.aborted) abort();
    else this.deletion.signal.addEventListener('abort', abort, { once: true });
    try {
      const end = await this.persist('its migration', () => this.watch(run));
      this.show({ end });
    } finally {
      over.abort();
    }
  }

  /** Undefined when there is nothing to follow: it was refused, or deleted before it began. */
  private async obtain(): Promise<MigrationRun | undefined> {
    const { metadata, spec } = this.object;
    if (this.seen.run) return this.seen.run;
    const migrations = await this.options.migrations();
    if (this.deletion.signal.aborted) return migrations.startedFor(metadata.uid, spec.service);
    try {
      const run = await migrations.startFor(metadata.uid, requestOf(spec));
      this.show({ run, trouble: undefined });
      return run;
    } catch (error) {
      if (!(error instanceof CarryonError) || error.recovery !== 'refuse') throw error;
      this.show({ end: endOf(error, 'refused') });
      return undefined;
    }
  }

  private async watch(run: MigrationRun): Promise<MigrationEnd> {
    const migrations = await this.options.migrations();
    try {
      return await watchMigration(migrations, run, (told) => this.show({ told, trouble: undefined }));
    } catch (error) {
      // A workflow that somebody has terminated, or that Temporal has forgotten, has ended as well.
      if (error instanceof CarryonError && error.code !== 'temporal-unreachable') return endOf(error, 'needs-human');
      throw error;
    }
  }

  private async abort(run: MigrationRun): Promise<void> {
    const { name } = this.object.metadata;
    try {
      await (await this.options.migrations()).abort(run, `the Migration ${name} was deleted`);
    } catch (error) {
      if (!(error instanceof CarryonError) || error.recovery === 'retry') throw error;
      // It had just ended, and tells how.
      if (error.code === 'not-migrating') return;
      this.announce({ reason: 'NotTakenBack', note: [error.message, error.next].filter(Boolean).join(' '), warns: true });
    }
  }

  private show(news: Partial<Seen>): void {
    this.seen = { ...this.seen, ...news };
    this.status = statusOf(this.object, this.status, this.seen, new Date());
    this.writer.write(this.status);
    for (const event of eventsOf(this.status, this.seen)) this.announce(event);
  }

  /** For information alone: a migration does not wait for that. */
  private announce(event: Told): void {
    if (this.told.has(event.reason)) return;
    this.told.add(event.reason);
    this.log(`${event.reason}: ${event.note}`);
    void this.persist('its event', () => this.options.objects.tell(this.object, event)).catch((error: unknown) => {
      if (!this.isLeft() && !this.options.signal.aborted) this.log((error as Error).message);
    });
  }

  private log(line: string): void {
    this.options.log(`${this.object.metadata.name}: ${line}`);
  }

  private persist<T>(what: string, act: () => Promise<T>, ...signals: AbortSignal[]): Promise<T> {
    const failed = (error: unknown) => {
      this.log(`${what}: ${(error as Error).message}`);
      if (error instanceof CarryonError && what === 'its migration') this.show({ trouble: error });
    };
    return persist(act, { signal: AbortSignal.any([this.options.signal, this.gone.signal, ...signals]), failed }).catch((error: unknown) => {
      if (error instanceof CarryonError && error.code === 'kubernetes-forbidden' && what !== 'its event') this.options.forbidden(error);
      throw error;
    });
  }
}

const endOf = ({ code, message, next }: CarryonError, outcome: MigrationEnd['outcome']): MigrationEnd => ({ outcome, message, code, next });
