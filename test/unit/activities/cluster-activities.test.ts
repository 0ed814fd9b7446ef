import { beforeEach, describe, expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createClusterActivities } from '../../../activities';
import { heartbeats } from '../../../activities/heartbeat';
import { MigrationFailedError, UnavailableError } from '../../../domain/errors';
import type { Ticket } from '../../../domain/migration';
import { spec } from '../../fakes/facts';
import { fakeOrchestrator } from '../../fakes/orchestrator';
import { World } from '../../fakes/world';

let world: World;
beforeEach(() => {
  world = new World(['edge', 'cloud']);
});
const activities = (cluster = 'edge') => createClusterActivities({ orchestrator: fakeOrchestrator(cluster, { world }) });
const peer = (cluster: string) => ({ cluster, reach: { host: 'h', apiPort: 1, handoffPort: 2, tunnelPort: 3 }, ca: '', tunnelKey: '' });
const ticketOf = (over: Partial<Ticket> = {}): Ticket => ({
  migration: 'ours',
  service: 'cache',
  epoch: 2,
  strategy: 'post-copy',
  source: peer('edge'),
  destination: peer('cloud'),
  discardAfterMs: 1,
  relayForMs: 1,
  execSessions: 'refuse',
  ...over,
});
const armed = (state: 'armedS' | 'frozen' | 'handedOff' | 'owing' | 'relaying' | 'running' = 'armedS') => {
  const engine = world.run('edge');
  engine.ticket = ticketOf();
  engine.journal(2, state);
  return engine;
};

describe('abortSource', () => {
  test('takes an armed source back', async () => {
    const engine = armed();
    expect(await activities().abortSource(ticketOf())).toBe('aborted');
    expect(engine.state).toBe('running');
  });

  test.each([
    ['owing', 'committed'],
    ['handedOff', 'in-doubt'],
  ] as const)('answers instead of failing when the journal says %s', async (state, answer) => {
    const engine = armed(state);
    expect(await activities().abortSource(ticketOf())).toBe(answer);
    expect(engine.state).toBe(state);
  });

  test('tells a source whose application has ended by itself from one that failed to abort', async () => {
    const engine = armed();
    engine.alive = false;
    expect(await activities().abortSource(ticketOf())).toBe('ended');
    expect(engine.state).toBe('armedS');
  });

  test('tells a source that is stopped from one that cannot be reached', async () => {
    armed().up = false;
    expect(await activities().abortSource(ticketOf())).toBe('stopped');
    expect(await activities().inspectOutcome(ticketOf())).toMatchObject({ stopped: true });
  });

  test('has nothing more to ask of a source that will never run again', async () => {
    armed().up = false;
    const orchestrator = fakeOrchestrator('edge', { world });
    const over = { ...orchestrator, find: async (service: string) => ({ ...(await orchestrator.find(service))!, over: true as const }) };
    expect(await createClusterActivities({ orchestrator: over }).abortSource({ ...ticketOf(), tellsAnew: true })).toBe('gone');
  });

  test.each([
    [2, 'anew'],
    [1, 'aborted'],
    [undefined, 'aborted'],
  ] as const)('tells a service that began anew since its ticket (started in epoch %s) from one that runs on', async (startedIn, answer) => {
    const engine = armed('running');
    engine.startedIn = startedIn;
    expect(await activities().abortSource({ ...ticketOf(), tellsAnew: true })).toBe(answer);
    expect(await activities().abortSource(ticketOf())).toBe('aborted');
  });

  test('tells it too when the engine began anew by itself while it was asked', async () => {
    const engine = armed();
    world.faults.meanwhile('edge.step:abort', () => {
      engine.journal(2, 'running');
      engine.startedIn = 2;
    });
    expect(await activities().abortSource({ ...ticketOf(), tellsAnew: true })).toBe('anew');
  });

  test('tells a service that was removed', async () => {
    expect(await activities().abortSource({ ...ticketOf({ service: 'nobody' }), tellsAnew: true })).toBe('gone');
    expect(await activities().abortSource(ticketOf({ service: 'nobody' }))).toBe('aborted');
  });

  test('never touches another migration of the service', async () => {
    const engine = armed();
    await activities().abortSource(ticketOf({ migration: 'theirs' }));
    await activities().abortSource(ticketOf({ epoch: 9 }));
    expect(engine.state).toBe('armedS');
    expect(world.log.filter((tag) => tag.includes('step'))).toEqual([]);
  });

  test('passes every other failure on', async () => {
    armed();
    world.faults.fail('edge.step:abort', new MigrationFailedError('thaw-failed', 'no'));
    await expect(activities().abortSource(ticketOf())).rejects.toMatchObject({ type: 'thaw-failed' });
  });
});

describe('discardDestination', () => {
  const arriving = (state: 'armedD' | 'gated' | 'running' | 'discarded') => {
    const engine = world.run('cloud');
    engine.ticket = ticketOf();
    engine.journal(2, state);
    return engine;
  };
  const discard = (over: object = {}) => activities('cloud').discardDestination({ serviceId: 'cache', ticket: { migration: 'ours', epoch: 2 }, ...over });

  test.each(['armedD', 'gated'] as const)('discards what is %s', async (state) => {
    const engine = arriving(state);
    await discard();
    expect(engine.state).toBe('discarded');
  });

  test('never discards a copy that runs: a human has to look', async () => {
    const engine = arriving('running');
    await expect(discard()).rejects.toMatchObject({ type: 'destination-runs', nonRetryable: true });
    expect(engine.state).toBe('running');
  });

  test('leaves the arrival of another migration alone', async () => {
    const engine = arriving('gated');
    await discard({ ticket: { migration: 'theirs', epoch: 2 } });
    await discard({ ticket: { migration: 'ours', epoch: 1 } });
    expect(engine.state).toBe('gated');
  });

  test('has nothing to do without an outer container', async () => {
    await expect(discard()).resolves.toBeUndefined();
  });
});

describe('removeDestination', () => {
  const remove = (over: object = {}) => activities('cloud').removeDestination({ serviceId: spec().id, volumes: true, armed: true, ...over });

  test.each(['absent', 'discarded', 'retired'] as const)('removes an outer container that is %s', async (state) => {
    world.run('cloud').journal(2, state);
    await remove();
    expect(world.at('cloud', 'cache')).toBeUndefined();
  });

  test.each(['running', 'armedD', 'relaying', 'owing'] as const)('keeps one that is %s: it belongs to somebody else by now', async (state) => {
    world.run('cloud').journal(2, state);
    await remove();
    expect(world.at('cloud', 'cache')).toBeDefined();
  });
});

describe('a stopped destination', () => {
  const stopped = () => (world.run('cloud').up = false);
  const remove = (armed: boolean) => activities('cloud').removeDestination({ serviceId: spec().id, volumes: true, armed });

  test('is left when it may have been armed, because nobody can ask its journal', async () => {
    stopped();
    expect(await remove(true)).toEqual({ left: 'it is stopped, so its journal cannot be asked' });
    expect(world.at('cloud', 'cache')).toBeDefined();
  });

  test('is removed when it never got a ticket', async () => {
    stopped();
    expect(await remove(false)).toEqual({});
    expect(world.at('cloud', 'cache')).toBeUndefined();
  });
});

describe('removeSource and removeDestination', () => {
  /** Removed and made again between the look and the removal. */
  const replaced = (cluster: string) => world.faults.meanwhile(`${cluster}.remove`, () => void world.create(cluster, spec()), 1);

  test('remove only the container whose engine was asked', async () => {
    armed('owing').journal(2, 'relaying');
    replaced('edge');
    await activities().removeSource({ serviceId: spec().id, epoch: 2 });
    expect(world.at('edge', 'cache')).toBeDefined();

    world.run('cloud').journal(2, 'discarded');
    replaced('cloud');
    await activities('cloud').removeDestination({ serviceId: spec().id, volumes: false, armed: true });
    expect(world.at('cloud', 'cache')).toBeDefined();
  });
});

describe('removeSource', () => {
  const remove = (over: object = {}) => activities().removeSource({ serviceId: spec().id, epoch: 2, ...over });

  test('keeps a source that owes pages, unless nobody needs them any more', async () => {
    armed('owing');
    expect(await remove()).toEqual({ removed: false, why: 'it is owing in epoch 2' });
    expect(await remove({ owesNothing: true })).toMatchObject({ removed: true });
    expect(world.at('edge', 'cache')).toBeUndefined();
  });

  test('removes nothing whose engine has not said that it goes', async () => {
    const engine = armed('relaying');
    engine.expected = true;
    await expect(remove()).rejects.toMatchObject({ type: 'expected', nonRetryable: false });
    engine.expected = false;
    // Arms at the very instant in which the engine is asked.
    world.faults.meanwhile('edge.end-relay', () => engine.journal(3, 'armedD'), 1);
    expect(await remove()).toEqual({ removed: false, why: 'it is armedD in epoch 3' });
    expect(world.log).not.toContain('edge.remove');
  });

  test('leaves an engine behind that takes no ticket, should the removal fail', async () => {
    const engine = armed('relaying');
    world.faults.fail('edge.remove', new UnavailableError('docker-failed', 'no'), 1);
    await expect(remove()).rejects.toMatchObject({ type: 'docker-failed' });
    await expect(engine.prepare({ ticket: ticketOf({ epoch: 3 }), role: 'destination' })).rejects.toMatchObject({ code: 'retired' });
    expect(await remove()).toMatchObject({ removed: true });
  });
});

test('inspectSource tells the stop signal, which the orchestrator alone knows', async () => {
  const engine = world.run('edge', { stopSignal: 'SIGINT' });
  engine.facts = { spec: spec() };
  expect((await activities().inspectSource({ serviceId: engine.outer.id })).spec.stopSignal).toBe('SIGINT');
});

describe('inspectDestination', () => {
  test("does not count the ports of this service's own relay", async () => {
    const relay = world.run('cloud');
    world.portsInUse = [
      { port: 6379, protocol: 'tcp', by: relay.outer.id },
      { port: 80, protocol: 'tcp', by: 'container web' },
    ];
    const { portsInUse, existing } = await activities('cloud').inspectDestination({ serviceId: relay.outer.id });
    expect(portsInUse).toEqual([{ port: 80, protocol: 'tcp' }]);
    expect(existing).toEqual({ state: 'running', epoch: 1, container: relay.container });
  });
});

describe('long activities', () => {
  test('tell bytes by heartbeat while they are under way', async () => {
    const engine = armed();
    engine.passes = [4000, 10];
    let release: () => void = () => undefined;
    const environment = new MockActivityEnvironment();
    const beats: unknown[] = [];
    environment.on('heartbeat', (details: unknown) => {
      beats.push(details);
      if (details) release();
    });
    await engine.sync();
    world.faults.meanwhile('edge.sync', () => new Promise<void>((resolve) => (release = resolve)), 1);
    await environment.run(activities().syncFiles, ticketOf());
    expect(beats).toContainEqual({ bytes: 4000 });
  }, 10_000);

  test('beat when their workflow waits for that, though they have nothing to tell', async () => {
    armed();
    world.faults.meanwhile('edge.step:abort', () => new Promise((resolve) => setTimeout(resolve, 1500)), 2);
    const beatsOf = async (info: { heartbeatTimeoutMs?: number; startToCloseTimeoutMs: number }) => {
      let beats = 0;
      const environment = new MockActivityEnvironment(info, { interceptors: [heartbeats] });
      environment.on('heartbeat', () => void (beats += 1));
      await environment.run(activities().abortSource, ticketOf());
      return beats;
    };
    expect(await beatsOf({ heartbeatTimeoutMs: 15_000, startToCloseTimeoutMs: 120_000 })).toBe(1);
    armed();
    expect(await beatsOf({ heartbeatTimeoutMs: 0, startToCloseTimeoutMs: 120_000 })).toBe(0);
  }, 10_000);

  test('that may last for hours are not beaten for: one that hangs before it says something must be missed', async () => {
    const engine = armed();
    engine.passes = [4000, 10];
    await engine.sync();
    const environment = new MockActivityEnvironment({ heartbeatTimeoutMs: 15_000, startToCloseTimeoutMs: 6 * 3_600_000 }, { interceptors: [heartbeats] });
    const beats: unknown[] = [];
    environment.on('heartbeat', (details: unknown) => void beats.push(details));
    world.faults.meanwhile('edge.sync', () => new Promise((resolve) => setTimeout(resolve, 1500)), 1);
    await environment.run(activities().syncFiles, ticketOf());
    expect(beats.slice(1)).toEqual([{ bytes: 4000 }]);
  }, 10_000);

  test('end when they are cancelled though the engine does not', async () => {
    armed();
    world.faults.meanwhile('edge.sync', () => new Promise(() => undefined));
    const environment = new MockActivityEnvironment();
    const run = environment.run(activities().syncFiles, ticketOf());
    environment.cancel();
    await expect(run).rejects.toBeInstanceOf(Error);
  });
});
