import { readdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { rootOf } from './outer-files';

/** Longer than it takes to see the pause and to act; much shorter than any time limit of a handoff. */
const pauseMs = 400;

/** The native drivers of one outer container pause where they are told to (engine/native/handoff/fault.h), so that a moment of some milliseconds can be met. */
export class SlowDriver {
  /** A service that has moved often has many, and they are looked at many times a second. */
  private forgotten = new Set<string>();

  private constructor(private readonly root: string) {}

  /** Puts a script in the driver's place, which remembers nothing: it asks a file where to pause. */
  static async at(cluster: string, service: string): Promise<SlowDriver> {
    const root = await rootOf(cluster, service);
    if (root === undefined) throw new Error(`there is no outer container of ${service} at ${cluster}`);
    return SlowDriver.under(root);
  }

  /** In the outer container with this root directory. */
  static async under(root: string): Promise<SlowDriver> {
    const slow = new SlowDriver(root);
    if ((await readdir(path.join(root, programs))).includes('handoff-itself')) return slow;
    await slow.leave();
    await rename(path.join(root, programs, 'handoff'), path.join(root, programs, 'handoff-itself'));
    await writeFile(path.join(root, programs, 'handoff'), script, { mode: 0o755 });
    return slow;
  }

  /** From the next migration on, as all that follows. */
  pauseAt(tag: string, owing = false): Promise<void> {
    return this.spoil(`${tag}=pause:${pauseMs}${owing ? `,${everyPageIsOwed}` : ''}`);
  }

  /** Logs each tag that it passes. */
  trace(owing = false): Promise<void> {
    return this.spoil(`trace${owing ? `,${everyPageIsOwed}` : ''}`);
  }

  /** As a destination it has none of the memory that is sent ahead, and owes all of it after the commit. */
  owe(): Promise<void> {
    return this.spoil(everyPageIsOwed);
  }

  /** Nothing is done to it any more. */
  leave(): Promise<void> {
    return this.spoil('');
  }

  /** Effects that fail or last, as engine/native/handoff/fault.h names them. */
  async spoil(faults: string): Promise<void> {
    await writeFile(path.join(this.root, faultFile), faults);
  }

  /** Time at which its pause there is over, or was; undefined when it has not come to it. */
  async pausesUntil(tag: string): Promise<number | undefined> {
    const began = await this.firstAt(tag, 'pause');
    return began === undefined ? undefined : began + pauseMs;
  }

  /** When it failed there first since `forget`, as it was told to; ms since 1970. */
  failedAt(tag: string): Promise<number | undefined> {
    return this.firstAt(tag, 'fail');
  }

  private async firstAt(tag: string, action: 'pause' | 'fail'): Promise<number | undefined> {
    const said = new RegExp(`^(\\S+) fault at ${tag}: ${action}$`, 'm').exec((await this.logs()).join(''));
    return said?.[1] === undefined ? undefined : lastTimeOf(said[1]).getTime();
  }

  /** Time of day and name of each tag that was passed since `forget`, in their order. */
  async passed(): Promise<{ at: string; tag: string }[]> {
    const lines = (await this.logs()).join('').matchAll(/^(\S+) passes (\S+)$/gm);
    return [...lines].map(([, at = '', tag = '']) => ({ at, tag }));
  }

  private async logs(): Promise<string[]> {
    const fresh = (await this.migrations()).filter((migration) => !this.forgotten.has(migration));
    return Promise.all(fresh.map((migration) => readFile(path.join(this.root, handoffs, migration, 'driver.log'), 'utf8').catch(() => '')));
  }

  /** Logs of earlier migrations do not count. */
  async forget(): Promise<void> {
    this.forgotten = new Set(await this.migrations());
  }

  private migrations(): Promise<string[]> {
    return readdir(path.join(this.root, handoffs)).catch(() => []);
  }
}

/** @param timeOfDay As a driver's log has it: HH:MM:SS with a fraction, in UTC. */
function lastTimeOf(timeOfDay: string): Date {
  const now = new Date();
  const today = new Date(`${now.toISOString().slice(0, 'YYYY-MM-DD'.length)}T${timeOfDay}Z`);
  return today > now ? new Date(today.getTime() - dayMs) : today;
}

const everyPageIsOwed = 'pages-kept=fail';
const dayMs = 86_400_000;
const programs = 'opt/carryon/bin';
const handoffs = 'run/carryon/handoff';
const faultFile = 'opt/carryon/fault';
const script = `#!/bin/sh
CARRYON_FAULT=$(cat /${faultFile}) exec /${programs}/handoff-itself "$@"
`;
