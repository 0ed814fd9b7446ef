import { readFile, rename, writeFile } from 'node:fs/promises';
import { execa } from 'execa';

const library = /\/(libfaketime\.so\.1|clock\.so)\b/;

/** What libfaketime takes for the offset of the wall clock, for the processes that have loaded it. */
export class Clock {
  private constructor(private readonly file: string, private readonly pid: number) {}

  /** Undefined where the process goes by the machine's own clock: setting another would test nothing. */
  static async of(pid: number, file: string): Promise<Clock | undefined> {
    const loaded = await readFile(`/proc/${pid}/maps`, 'utf8').catch(() => '');
    return library.test(loaded) ? new Clock(file, pid) : undefined;
  }

  /** @param seconds Ahead of the machine's. */
  async set(seconds: number): Promise<void> {
    // Its readers never see half of it.
    await writeFile(`${this.file}.new`, `+${seconds}\n`);
    await rename(`${this.file}.new`, this.file);
  }

  /** What another Node takes for the time that is started as this process was. */
  async now(): Promise<number> {
    const variables = (await readFile(`/proc/${this.pid}/environ`, 'utf8')).split('\0').filter(Boolean).map((row) => row.split(/=(.*)/s, 2));
    const { stdout } = await execa('nsenter', ['--target', String(this.pid), '--mount', 'node', '-p', 'Date.now()'], { env: Object.fromEntries(variables) as Record<string, string>, extendEnv: false });
    return Number(stdout);
  }
}
