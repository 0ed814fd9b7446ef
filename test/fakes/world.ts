import type { Deployed } from '../../domain/deployed';
import type { JournalState, OuterSpec } from '../../domain/service';
import { spec as anySpec } from './facts';
import { FakeEngine } from './engine';
import { Faults } from './faults';

/** Clusters with their outer containers in memory, joined so that engines reach each other. */
export class World {
  readonly faults = new Faults();
  /** Every effect by its tag, `cluster.verb`, in order. */
  readonly log: string[] = [];
  /** Where an orchestrator was told that the service is here and stays, and what had happened before. */
  readonly heres: { cluster: string; after: string[] }[] = [];
  /** What a user made for the service at its source, by cluster; elsewhere it can be made as well. */
  deployed?: Record<string, Deployed>;
  /** What was to be made at a destination, sealed. */
  readonly broughtAlong: string[] = [];
  private made = 0;
  private readonly containers = new Map<string, FakeEngine>();
  private readonly volumes = new Map<string, Map<number, JournalState>>();
  /** Clusters whose orchestrator says no container of that kind fits. */
  portsInUse: { port: number; protocol: 'tcp' | 'udp'; by: string }[] = [];

  constructor(readonly clusters: string[]) {}

  /** A service that runs. */
  run(cluster: string, over: Partial<OuterSpec> = {}): FakeEngine {
    const engine = this.create(cluster, anySpec(over));
    engine.journal(1, 'running');
    return engine;
  }

  create(cluster: string, outer: OuterSpec, { arrives = false } = {}): FakeEngine {
    const engine = new FakeEngine(this, cluster, outer, `${cluster}-${outer.id}-${(this.made += 1)}`);
    this.containers.set(key(cluster, outer.id), engine);
    engine.remember(this.volumes.get(key(cluster, outer.id)) ?? new Map());
    if (arrives && claims.includes(engine.state)) engine.journal(engine.epoch + 1, 'discarded');
    return engine;
  }

  at(cluster: string, service: string): FakeEngine | undefined {
    return [...this.containers.values()].find(({ outer, cluster: own }) => own === cluster && (outer.id === service || outer.name === service));
  }

  in(cluster: string): FakeEngine[] {
    return [...this.containers.values()].filter((engine) => engine.cluster === cluster);
  }

  /** The journal is on a volume, which outlives the outer container unless it goes with it. */
  delete(cluster: string, id: string, { volumes = false } = {}): void {
    const engine = this.containers.get(key(cluster, id));
    if (engine && !volumes) this.volumes.set(key(cluster, id), engine.history);
    if (volumes) this.volumes.delete(key(cluster, id));
    this.containers.delete(key(cluster, id));
  }

  /** Copies whose application may execute and be seen. */
  visible(): FakeEngine[] {
    return [...this.containers.values()].filter(({ state }) => state === 'running' || state === 'armedS');
  }

  /** Runs an effect under its tag: it may fail before, or its answer may get lost after. */
  async effect<T>(tag: string, act: () => T): Promise<T> {
    this.log.push(tag);
    await this.faults.before(tag);
    const result = act();
    const services = this.visible().map(({ outer }) => outer.id);
    if (new Set(services).size < services.length) throw new Error(`two visible copies after ${tag}`);
    await this.faults.after(tag);
    return result;
  }
}

/** As an engine forsakes them that was made for an arrival. */
const claims: readonly JournalState[] = ['running', 'waiting', 'armedS', 'frozen', 'handedOff', 'armedD', 'gated', 'owing'];

const key = (cluster: string, id: string) => `${cluster}/${id}`;
