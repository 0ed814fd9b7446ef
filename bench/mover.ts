import { loadavg } from 'node:os';
import { addressOf } from '../test/e2e/support/clusters';
import type { Carryon } from '../test/e2e/support/carryon';
import type { Load } from '../test/e2e/support/load/load';
import { awaitPort, startService } from '../test/e2e/support/services';
import type { MeasureOptions, Sample } from './measure';
import { birthplace } from './places';
import type { Scenario } from './scenarios';
import { second } from './second';

/** A service under load, which is moved to and fro between two clusters. */
export class Mover {
  private moves = 0;

  private constructor(private readonly carryon: Carryon, private readonly scenario: Scenario, private readonly options: MeasureOptions, private readonly load: Load) {}

  /** Its clients are connected at the first cluster, and stay so. Where nothing can be run by `carryon run`, it is moved from where that can be. */
  static async start(carryon: Carryon, scenario: Scenario, options: MeasureOptions): Promise<Mover> {
    const [first] = options.clusters;
    const { service } = scenario;
    const born = birthplace(first);
    const place = await startService(carryon, { ...service, cluster: born });
    if (born !== first) {
      const { outcome, reason } = await carryon.migrate(service.name, { to: first, relayFor: '1s' });
      if (outcome !== 'committed') throw new Error(`${service.name} could not be moved to ${first}: ${reason ?? outcome}`);
      place.host = addressOf(first);
      await awaitPort(place.host, place.port);
    }
    return new Mover(carryon, scenario, options, await scenario.start(place));
  }

  async move(): Promise<Sample> {
    const { carryon, scenario, options: { clusters, strategy }, load } = this;
    load.resetWindow();
    await second();
    const quietMs = load.longestGapMs();
    const [loadNow = 0] = loadavg();
    load.resetWindow();
    const requestedAt = Date.now();
    this.moves += 1;
    const report = await carryon.migrate(scenario.service.name, { to: clusters[this.moves % 2]!, strategy });
    if (report.outcome !== 'committed') throw new Error(`migration ${this.moves} of ${scenario.name} ended as ${report.outcome}: ${report.reason ?? 'no reason given'}`);
    const { steps, from, to, migrationMs, downtimeMs, bytesSent, window } = report;
    await second();
    const clientDowntimeMs = load.longestGapMs();
    const gaps = load.noticeableGaps().map(({ endedAt, ms }) => ({ afterMs: endedAt - requestedAt, ms: Math.round(ms) }));
    const handoffAfterMs = steps.find(({ phase }) => phase === 'freeze')?.startedMs;
    const handoff = steps.filter(({ name }) => name.includes(': ')).map(({ name, startedMs, durationMs }) => ({ step: name, afterMs: Math.round(startedMs + durationMs), ms: durationMs }));
    const { lost, broken, problems } = await load.check();
    return { from, to, strategy: report.strategy, migrationMs, downtimeMs, clientDowntimeMs, gaps, handoffAfterMs, handoff, quietMs, bytesSent, window, lost, broken, problems, loadavg: loadNow };
  }

  async end(): Promise<void> {
    await this.load.finish().catch(() => undefined);
    await this.carryon.remove(this.scenario.service.name);
  }
}
