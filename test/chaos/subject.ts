import type { MigrationPlan, Strategy } from '../../domain/migration';
import { migrationWorkflowId } from '../../domain/names';
import { startService } from '../e2e/support/services';
import type { Answer } from './oracle/answer';
import { Clients, type Recorder } from './oracle/clients';
import { dataVolume, Outer } from './outer';
import type { Pair } from './settings';
import type { ChaosSystem } from './system/chaos-system';

const megabytes = 2;
const connectionsEach = 2;
const answersMs = 3_000;
/** Both are this machine, as scripts/clusters.sh makes it. */
const clientAddresses = ['10.77.0.1', '10.77.0.254'] as const;

/** A service `ledger` with clients at two clusters, used for as many cells as it survives. */
export class Subject {
  readonly answers: Answer[] = [];
  private readonly clients = new Map<string, Clients>();
  private readonly outers = new Map<string, Outer>();
  private announced?: Promise<boolean>;

  private constructor(private readonly system: ChaosSystem, readonly name: string, private readonly port: number, public place: { from: string; to: string }, private readonly recorder?: Recorder) {}

  /** Runs it at the first cluster and moves it to the second, so that there is an outer container at both, and clients that came in there. */
  static async start(system: ChaosSystem, name: string, port: number, [first, second]: Pair, recorder?: Recorder): Promise<Subject> {
    const subject = new Subject(system, name, port, { from: second, to: first }, recorder);
    await subject.remove();
    await startService(system.carryon, {
      name, cluster: first, image: 'carryon-workload-native', command: ['/bin/ledger', '/data/ledger', String(megabytes), name], volumes: [`${dataVolume(name)}:/data`], hostPort: port, containerPort: 8080,
    });
    const [{ id } = { id: '' }] = await system.carryon.sightings(name);
    for (const cluster of [first, second]) subject.outers.set(cluster, new Outer(cluster, name, id));
    await subject.attach(first, clientAddresses[0]);
    const end = await system.migrations.end(await system.migrations.start({ service: name, to: second }));
    if (end.outcome !== 'committed') throw new Error(`${name} could not be moved to ${second}: ${end.message}`);
    await subject.attach(second, clientAddresses[1]);
    return subject;
  }

  migrate(strategy: Strategy): Promise<string> {
    return this.system.migrations.start({ service: this.name, to: this.place.to, strategy });
  }

  /** What `carryon plan` says of a migration that owes pages: that its memory may be lost meanwhile. */
  announcesLoss(): Promise<boolean> {
    return (this.announced ??= this.askPlan());
  }

  private async askPlan(): Promise<boolean> {
    const plan = await this.system.carryon.must('plan', this.name, '--to', this.place.to, '--strategy', 'post-copy', '--json');
    const { risks } = JSON.parse(plan) as MigrationPlan;
    return risks.some((risk) => /if the source is lost, the service's memory is/.test(risk));
  }

  outer(cluster: string): Outer {
    const found = this.outers.get(cluster);
    if (!found) throw new Error(`${this.name} knows nothing of ${cluster}`);
    return found;
  }

  at(cluster: string): Clients {
    const found = this.clients.get(cluster);
    if (!found) throw new Error(`there are no clients at ${cluster}`);
    return found;
  }

  /** Both outer containers are there, and it answers where it is. */
  async isWhole(): Promise<boolean> {
    const { from, to } = this.place;
    if ((await this.outer(to).init()) === undefined || (await this.outer(from).journal()).state !== 'running') return false;
    return (await this.at(from).ask('i', answersMs)) !== undefined;
  }

  /** Answers of earlier incarnations have been checked. */
  forget(incarnation: string): void {
    const kept = this.answers.filter((answer) => answer.incarnation === incarnation);
    this.answers.splice(0, this.answers.length, ...kept);
  }

  /** Whatever has become of it: nothing of it is left. */
  async remove(): Promise<void> {
    for (const clients of this.clients.values()) clients.detach();
    await this.system.client.workflow.getHandle(migrationWorkflowId(this.name)).terminate('the cell is over').catch(() => undefined);
    // Frozen as it may be, nothing but its end is wanted.
    for (const outer of this.outers.values()) await outer.kill().catch(() => undefined);
    await this.system.carryon.remove(this.name);
  }

  private async attach(cluster: string, ownAddress: string): Promise<void> {
    this.clients.set(cluster, await Clients.attach(cluster, this.port, ownAddress, connectionsEach, (answer) => this.answers.push(answer), this.recorder));
  }
}
