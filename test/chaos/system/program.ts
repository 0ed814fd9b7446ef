import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '../../e2e/support/await';

const readyMs = 60_000;

/** Nobody else would end them. */
const running = new Set<ChildProcess>();
process.once('exit', () => running.forEach((child) => child.kill('SIGKILL')));

/** A process that a supervisor would start again when it ends. */
export class Program {
  private child?: ChildProcess;
  private wanted = false;

  constructor(readonly name: string, private readonly command: string[], private readonly log: string, private readonly ready: () => Promise<boolean>, private readonly env: Record<string, string> = {}) {}

  get pid(): number | undefined {
    return this.child?.pid;
  }

  async start(): Promise<void> {
    this.wanted = true;
    const output = openSync(this.log, 'w', 0o600);
    const [program = '', ...rest] = this.command;
    const child = spawn(program, rest, { stdio: ['ignore', output, output], env: { ...process.env, ...this.env } });
    closeSync(output);
    this.child = child;
    running.add(child);
    child.once('exit', () => {
      running.delete(child);
      if (this.child !== child) return;
      this.child = undefined;
      if (this.wanted) void pause(restartMs).then(() => (this.wanted && !this.child ? this.start() : undefined)).catch(() => undefined);
    });
    await eventually(`${this.name} to be ready (its log: ${this.log})`, this.ready, readyMs);
  }

  /** As a crash would: at once. It is not started again before somebody does. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  async stop(): Promise<void> {
    await Promise.race([this.end('SIGTERM'), pause(graceMs)]);
    if (this.child) await this.end('SIGKILL');
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    this.wanted = false;
    const { child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  }
}

const restartMs = 1_000;
const graceMs = 5_000;
