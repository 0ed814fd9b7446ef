import { expect } from '@jest/globals';
import { migrationsOf, type Migrations } from '../../../clients/temporal';
import { connectTemporalClient } from '../../../clients/temporal/connect';
import type { Outcome, Strategy } from '../../../domain/migration';
import { eventually } from './await';
import { addressOf } from './clusters';
import { expectOneCopy } from './copies';
import { enginePid } from './engine-process';
import { expectCommitted, expectUnharmed, expectUnharmedAndAlive } from './expectations';
import { NumbersLoad } from './load/numbers';
import { expectNumbersInLog } from './log';
import { reach, watchFor, type Moment } from './moments';
import { startService } from './services';
import { testSystem } from './settings';
import { carryon } from './shared';

export type Side = 'source' | 'destination';

/** A service with clients that came in at two clusters, so that an outer container stays at both; engines are killed under it. */
export class EngineCrash {
  private place = { from: 'cloud', to: 'edge' };

  private readonly migrations: Omit<Migrations, 'close'>;

  private constructor(readonly name: string, private readonly temporal: Awaited<ReturnType<typeof connectTemporalClient>>, private readonly loads: NumbersLoad[]) {
    this.migrations = migrationsOf(temporal.client);
  }

  static async prepare(name: string, hostPort: number): Promise<EngineCrash> {
    const place = await startService(carryon, { name, image: 'carryon-workload-native', command: ['/bin/counting', '32', '10'], hostPort, containerPort: 8080 });
    const atEdge = await NumbersLoad.start({ ...place, connections: 2 });
    expectCommitted(await carryon.migrate(name, { to: 'cloud' }), { to: 'cloud' });
    const atCloud = await NumbersLoad.start({ ...place, host: addressOf('cloud'), connections: 2 });
    return new EngineCrash(name, await connectTemporalClient({ address: `127.0.0.1:${testSystem.temporalPort}`, namespace: 'default' }), [atEdge, atCloud]);
  }

  /** Moves the service between edge and cloud; kills one engine at the moment. Resolves to the outcome, when exactly one copy is known to run, unharmed. */
  async kill(victim: Side, moment: Moment, strategy: Strategy): Promise<Outcome> {
    const { from, to } = this.place;
    const pid = await this.engine(victim === 'source' ? from : to);
    const watch = await watchFor(moment, this.temporal.client, this.name, this.place);
    const end = this.migrations.end(await this.migrations.start({ service: this.name, to, strategy }));
    await reach(watch, end);
    process.kill(pid, 'SIGKILL');
    const { outcome } = await end;
    if (outcome === 'committed') this.place = { from: to, to: from };
    else expect(outcome).toBe('rolled-back');
    await this.expectHere();
    return outcome;
  }

  /** Moves the service to a cluster that it has never been to; kills the engine there as soon as there is one. */
  async killNew(to: string): Promise<void> {
    const end = this.migrations.end(await this.migrations.start({ service: this.name, to }));
    process.kill(await this.engine(to), 'SIGKILL');
    expect((await end).outcome).toBe('committed');
    this.place = { from: to, to: this.place.from };
    await this.expectHere();
  }

  /** Kills the engine that serves now; resolves when there is another one. */
  async killAtRest(): Promise<void> {
    const { from } = this.place;
    const pid = await this.engine(from);
    process.kill(pid, 'SIGKILL');
    await eventually('another engine', async () => ![undefined, pid].includes(await enginePid(from, this.name)));
    await this.expectHere();
  }

  async finish(): Promise<void> {
    await this.temporal.close();
    for (const load of this.loads) expectUnharmed(await load.finish());
    await expectNumbersInLog(carryon, this.name);
    await carryon.remove(this.name);
  }

  private engine(cluster: string): Promise<number> {
    return eventually(`an engine of ${this.name} at ${cluster}`, () => enginePid(cluster, this.name));
  }

  private async expectHere(): Promise<void> {
    expect(await expectOneCopy(carryon, this.name)).toBe(this.place.from);
    await Promise.all(this.loads.map(expectUnharmedAndAlive));
  }
}
