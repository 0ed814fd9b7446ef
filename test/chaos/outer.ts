import { readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { serviceVolume } from '../../domain/names';
import { journalEntries, reduceJournal, stateAt, type JournalView } from '../../domain/journal';
import type { JournalState } from '../../domain/service';
import { Clock } from './clock/clock';
import { eventually } from '../e2e/support/await';
import { docker } from '../e2e/support/clusters';
import { SlowDriver } from '../e2e/support/slow-driver';
import { familyOf, freezerOf, isEngine, isFrozen, isKilled, type Process } from './oracle/processes';

/** The outer container of one service at one cluster, seen from the machine below it: what is asked here needs no part of carryon to answer. */
export class Outer {
  private pid?: number;
  private known?: { changed: string; view: JournalView };
  private readonly mountpoints = new Map<string, string>();

  constructor(readonly cluster: string, readonly service: string, readonly id: string) {}

  /** Its init; undefined when it does not run. */
  async init(): Promise<number | undefined> {
    if (this.pid !== undefined && (await familyOf(this.pid))[0]?.comm === 'init') return this.pid;
    const pid = Number(await docker(this.cluster, 'inspect', '--format', '{{.State.Pid}}', this.service).catch(() => '0'));
    return (this.pid = pid > 0 ? pid : undefined);
  }

  async processes(): Promise<Process[]> {
    const init = await this.init();
    return init === undefined ? [] : familyOf(init);
  }

  /** Those of the service that may run now. */
  async running(): Promise<number> {
    const own = (await this.processes()).filter(({ comm }) => comm === 'ledger');
    return (await Promise.all(own.map(({ pid }) => isFrozen(pid)))).filter((frozen) => !frozen).length;
  }

  /** When it was; undefined when it does not run. Resolves when nothing of it is left. */
  async kill(): Promise<number | undefined> {
    const init = await this.init();
    if (init === undefined) return undefined;
    const own = (await this.processes()).filter(({ comm }) => comm === 'ledger');
    const frozen = await Promise.all(own.map(async ({ pid }) => ({ pid, freezer: await freezerOf(pid) })));
    process.kill(init, 'SIGKILL');
    const atMs = Date.now();
    await eventually(`the end of ${this.service} at ${this.cluster}`, async () => {
      await Promise.all(frozen.map(letDie));
      return (await familyOf(init)).length === 0;
    });
    this.pid = undefined;
    return atMs;
  }

  /** Looked at many times a second, and long after hundreds of migrations: read when it has changed. */
  async journal(): Promise<JournalView> {
    const file = await this.journalFile();
    const found = file === undefined ? undefined : await stat(file, { bigint: true }).catch(() => undefined);
    const changed = found ? `${found.ino} ${found.size} ${found.mtimeNs}` : 'absent';
    if (this.known?.changed !== changed) this.known = { changed, view: reduceJournal(await textAt(file)) };
    return this.known.view;
  }

  /** All that it has been in this epoch, in that order. */
  async statesIn(epoch: number): Promise<JournalState[]> {
    return journalEntries(await textAt(await this.journalFile())).filter((entry) => entry.epoch === epoch).map(({ state }) => state);
  }

  async state(epoch: number) {
    const view = await this.journal();
    return view.epoch >= epoch ? stateAt(view, epoch) : undefined;
  }

  async ledger(): Promise<string[]> {
    return (await textAt(await this.pathOf(dataVolume(this.service), 'ledger'))).split('\n').slice(0, -1);
  }

  /** By which its engine goes, where it can be set. */
  async clock(): Promise<Clock | undefined> {
    const [init, engine] = [await this.init(), (await this.processes()).find(isEngine)];
    return init === undefined || !engine ? undefined : Clock.of(engine.pid, path.join('/proc', String(init), 'root/clock/offset'));
  }

  async slowDriver(): Promise<SlowDriver | undefined> {
    const init = await this.init();
    return init === undefined ? undefined : SlowDriver.under(path.join('/proc', String(init), 'root'));
  }

  private journalFile(): Promise<string | undefined> {
    return this.pathOf(serviceVolume(this.id), 'journal.ndjson');
  }

  /** Volumes outlast their containers. */
  private async pathOf(volume: string, name: string): Promise<string | undefined> {
    const known = this.mountpoints.get(volume) ?? (await docker(this.cluster, 'volume', 'inspect', '--format', '{{.Mountpoint}}', volume).catch(() => undefined));
    if (known === undefined) return undefined;
    this.mountpoints.set(volume, known);
    return path.join(known, name);
  }
}

const textAt = (file: string | undefined) => (file === undefined ? '' : readFile(file, 'utf8').catch(() => ''));

export const dataVolume = (service: string) => `${service}-data`;

/** A process in a v1 freezer dies when it is thawed; thawed before the kernel has killed it, it would run on for a moment. */
async function letDie({ pid, freezer }: { pid: number; freezer?: string }): Promise<void> {
  if (freezer !== undefined && (await isKilled(pid))) await writeFile(path.join(freezer, 'freezer.state'), 'THAWED').catch(() => undefined);
}
