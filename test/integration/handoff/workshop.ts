import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll } from '@jest/globals';
import { execa, execaCommand } from 'execa';
import { certificates } from './certificates';
import { network, Pair, subnet, type PairOptions } from './pair';
import { removeContainers } from './remove-containers';

const fixtures = join(__dirname, 'fixtures');
const cache = join(__dirname, '../../../.carryon/cache');
const programs = ['box', 'server', 'client', 'shut', 'attribute'];

/** What the pairs of one test file have in common: programs, certificates, the network. */
export class Workshop {
  directory = '';
  private pair?: Pair;

  async open(): Promise<void> {
    this.directory = await mkdtemp(join(tmpdir(), 'handoff-'));
    await this.makePrograms();
    for (const script of ['outer.sh', 'other-epoch.js']) await copyFile(join(fixtures, script), join(this.directory, script));
    await writeFile(join(this.directory, 'engine.js'), 'setInterval(() => {}, 1e6);\n');
    await certificates(this.directory);
    // Packets for these addresses must not leave the machine when the network is gone.
    await execaCommand(`ip route replace unreachable ${subnet} metric 9999`);
    await this.removeNetwork();
    await execa('docker', ['network', 'create', '--subnet', subnet, network]);
  }

  /** Two outer containers, the service running in the first. */
  async start(options: PairOptions = {}): Promise<Pair> {
    return (this.pair = await Pair.start(this.directory, options));
  }

  /** The same with two drivers that talk to each other. */
  readonly begin = async (options: PairOptions = {}): Promise<Pair> => {
    const pair = await this.start(options);
    await pair.drivers();
    return pair;
  };

  async clear(): Promise<void> {
    await this.pair?.end();
  }

  async close(): Promise<void> {
    await this.removeNetwork();
    await rm(this.directory, { recursive: true, force: true });
  }

  /** With what a run that was cut off left in it. */
  private async removeNetwork(): Promise<void> {
    const { stdout } = await execa('docker', ['ps', '--all', '--quiet', '--filter', `network=${network}`]);
    await removeContainers(stdout.split('\n').filter(Boolean));
    await execa('docker', ['network', 'rm', network], { reject: false });
  }

  /** Test files that run beside each other want the same ones: the first makes them, the others wait. */
  private async makePrograms(): Promise<void> {
    const made = join(cache, 'handoff');
    await mkdir(made, { recursive: true });
    await execa('flock', [made, 'make', '--silent', '-C', fixtures, `OUT=${made}`]);
    await Promise.all(programs.map((name) => copyFile(join(made, name), join(this.directory, name))));
  }
}

/** A workshop for all tests of a file; what a test began is gone before the next. */
export function useWorkshop(): Workshop {
  const workshop = new Workshop();
  beforeAll(() => workshop.open(), 60_000);
  afterEach(() => workshop.clear(), 60_000);
  afterAll(() => workshop.close(), 60_000);
  return workshop;
}
