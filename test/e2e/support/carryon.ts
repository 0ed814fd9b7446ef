import { execa } from 'execa';
import path from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { runProgram } from '../../../cli/run-program';
import type { MigrationEnd, MigrationStatus } from '../../../clients/temporal';
import type { JournalState } from '../../../domain/service';
import type { ExecSessions, MigrationReport, OnLoss, Strategy } from '../../../domain/migration';
import { repository } from './clusters';

export interface CliResult {
  exitCode: number;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  cluster: string;
  name: string;
  image: string;
  /** host:container */
  ports?: string[];
  env?: Record<string, string>;
  volumes?: string[];
  memory?: string;
  restart?: string;
  command?: string[];
}

export interface MigrateOptions {
  to: string;
  strategy?: Strategy;
  relayFor?: string;
  execSessions?: ExecSessions;
  onLoss?: OnLoss;
}

/** A row of `carryon ps --json`. */
export interface Sighting {
  name: string;
  id: string;
  cluster: string;
  state: string;
  journal?: JournalState;
  epoch?: number;
}

/** The command line as a user runs it, with one configuration. */
export class Carryon {
  constructor(readonly config: string, private readonly clusters: readonly string[]) {}

  /** Runs a command; a failure is a result like any other. */
  async cli(...args: string[]): Promise<CliResult> {
    const { exitCode, stdout, stderr } = await execa(process.execPath, [path.join(repository, 'bin/carryon.js'), ...args], {
      reject: false,
      timeout: commandTimeoutMs,
      env: { CARRYON_CONFIG: this.config },
    });
    return { exitCode: exitCode ?? -1, stdout, stderr };
  }

  /** Runs a command that must succeed. */
  async must(...args: string[]): Promise<string> {
    return outputOf(args, await this.cli(...args));
  }

  async run(options: RunOptions): Promise<void> {
    await this.must(
      'run', '--json', '--cluster', options.cluster, '--name', options.name,
      ...(options.ports ?? []).flatMap((port) => ['-p', port]),
      ...Object.entries(options.env ?? {}).flatMap(([key, value]) => ['-e', `${key}=${value}`]),
      ...(options.volumes ?? []).flatMap((volume) => ['-v', volume]),
      ...(options.memory ? ['--memory', options.memory] : []),
      ...(options.restart ? ['--restart', options.restart] : []),
      options.image,
      ...(options.command ?? []),
    );
  }

  async migrate(name: string, options: MigrateOptions): Promise<MigrationReport> {
    const end = await this.tryToMigrate(name, options);
    const { report } = end;
    if (!report) throw new Error(`the migration of ${name} to ${options.to} ended as ${end.outcome} without a report: ${end.message}`);
    return report;
  }

  /** However it ends; throws when the command line says nothing of the end. */
  async tryToMigrate(name: string, options: MigrateOptions): Promise<MigrationEnd & { exitCode: number }> {
    const result = await this.cli(...migrateArguments(name, options));
    const end = parseEnd(result);
    if (!end) throw new Error(`carryon ${migrateArguments(name, options).join(' ')} exited with ${result.exitCode}:\n${result.stderr}\n${result.stdout}`);
    return { ...end, exitCode: result.exitCode };
  }

  /** Starts a migration and comes back at once. */
  async startMigration(name: string, options: MigrateOptions): Promise<void> {
    await this.must(...migrateArguments(name, options), '--detach');
  }

  async status(migration: string): Promise<MigrationStatus> {
    return JSON.parse(await this.mustHere('status', migration, '--json')) as MigrationStatus;
  }

  /** Outer containers of a service, in all clusters. */
  async sightings(name: string): Promise<Sighting[]> {
    const rows = JSON.parse(await this.mustHere('ps', '--json')) as Sighting[];
    return rows.filter((row) => row.name === name);
  }

  /** Removes all that any cluster has of a service; there may be nothing. */
  async remove(name: string): Promise<void> {
    await Promise.all(this.clusters.map((cluster) => this.here('rm', name, '--force', '--volumes', '--cluster', cluster)));
  }

  private async mustHere(...args: string[]): Promise<string> {
    return outputOf(args, await this.here(...args));
  }

  /** The same program within this process: what is asked again and again need not cost a start of Node each time. */
  private async here(...args: string[]): Promise<CliResult> {
    const [stdout, stderr] = [new PassThrough(), new PassThrough()];
    const exitCode = await runProgram(args, { stdin: Readable.from([]), stdout, stderr, env: { CARRYON_CONFIG: this.config }, directory: repository });
    return { exitCode, stdout: await text(stdout.end()), stderr: await text(stderr.end()) };
  }
}

const commandTimeoutMs = 240_000;

function outputOf(args: readonly string[], { exitCode, stdout, stderr }: CliResult): string {
  if (exitCode !== 0) throw new Error(`carryon ${args.join(' ')} exited with ${exitCode}:\n${stderr}\n${stdout}`);
  return stdout;
}

const migrateArguments = (name: string, { to, strategy, relayFor, execSessions, onLoss }: MigrateOptions) => [
  'migrate', name, '--to', to, '--json',
  ...(strategy ? ['--strategy', strategy] : []),
  ...(relayFor ? ['--relay-for', relayFor] : []),
  ...(execSessions ? ['--exec-sessions', execSessions] : []),
  ...(onLoss ? ['--on-loss', onLoss] : []),
];

function parseEnd({ stdout }: CliResult): MigrationEnd | undefined {
  try {
    const end = JSON.parse(stdout) as Partial<MigrationEnd>;
    return end.outcome ? (end as MigrationEnd) : undefined;
  } catch {
    return undefined;
  }
}
