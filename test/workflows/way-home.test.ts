import { describe, expect, test } from '@jest/globals';
import { MigrationFailedError, UnavailableError } from '../../domain/errors';
import type { FakeEngine } from '../fakes/engine';
import { spec } from '../fakes/facts';
import { until } from './support/until';
import { useStage } from './support/use-stage';

const stage = useStage();

let runs = 0;
/** The end of the relay at edge, which is due at once. */
const retire = async () => {
  const run = await stage.env.client.workflow.start('retireSource', {
    workflowId: `retire-way-home-${(runs += 1)}`,
    taskQueue: 'carryon',
    args: [{ serviceId: spec().id, name: 'cache', cluster: 'edge', epoch: 2, untilMs: Date.now() }],
  });
  return run.result() as Promise<unknown>;
};
const comeHome = async () => stage.migrations.end(await stage.migrations.start({ service: 'cache', to: 'edge' }));

/** The service has gone from edge to cloud; its relay is still there. */
function gone(): FakeEngine {
  const relay = stage.world.run('edge');
  relay.journal(2, 'relaying');
  stage.world.run('cloud').journal(2, 'running');
  return relay;
}

/** Holds an effect up until it is told to go on; `reached` tells that it has come to it. */
function heldUp(tag: string) {
  let goOn = () => {};
  const held = new Promise<void>((resolve) => (goOn = resolve));
  const reached = new Promise<void>((resolve) => {
    stage.world.faults.meanwhile(tag, () => (resolve(), held), 1);
  });
  return { reached, goOn };
}

describe('a way home to a cluster whose relay is just being removed', () => {
  test('waits for the removal and makes a new outer container on the old volumes', async () => {
    const relay = gone();
    const removal = heldUp('edge.remove');
    const retirement = retire();
    await removal.reached;
    const end = comeHome();
    // Its own removal cannot overtake the one under way either: an orchestrator does one at a time.
    stage.world.faults.meanwhile('edge.remove', () => until(() => stage.world.at('edge', 'cache') !== relay));
    await until(() => stage.world.log.filter((tag) => tag === 'edge.remove').length === 2);
    expect(stage.world.log).not.toContain('edge.deploy');
    removal.goOn();
    expect(await end).toMatchObject({ outcome: 'committed' });
    expect(await retirement).toMatchObject({ removed: true });
    const home = stage.world.at('edge', 'cache');
    expect(home).not.toBe(relay);
    expect(home).toMatchObject({ state: 'running', leaving: false });
  }, 60_000);

  test('finishes a removal that nobody goes on with', async () => {
    const relay = gone();
    relay.leaving = true;
    relay.journal(2, 'retired');
    expect(await comeHome()).toMatchObject({ outcome: 'committed' });
    expect(stage.world.at('edge', 'cache')).not.toBe(relay);
    expect(stage.world.at('edge', 'cache')?.history.get(2)).toBe('retired');
  }, 60_000);

  test('begins again when that is decided between making sure that there is an outer container and asking it to stay', async () => {
    const relay = gone();
    stage.world.faults.meanwhile('edge.stay', () => relay.endRelay(2), 1);
    expect(await comeHome()).toMatchObject({ outcome: 'committed' });
    expect(stage.world.at('edge', 'cache')).not.toBe(relay);
  }, 60_000);

  test('removes the new outer container when it fails, and tells so nowhere as nothing is left', async () => {
    const relay = gone();
    stage.world.faults.meanwhile('edge.stay', () => relay.endRelay(2), 1);
    stage.world.faults.fail('cloud.sync', new MigrationFailedError('broken', 'it broke'));
    const end = await comeHome();
    expect(end).toMatchObject({ outcome: 'rolled-back', code: 'broken' });
    expect(end.message).not.toContain('was left');
    expect(stage.world.at('edge', 'cache')).toBeUndefined();
    expect(stage.world.log).not.toContain('edge.remove-with-volumes');
  }, 60_000);
});

describe('a retirement that has not acted when the way home begins', () => {
  test('waits for the ticket and then leaves the outer container alone', async () => {
    const relay = gone();
    const ticket = heldUp('edge.prepare:destination');
    const end = comeHome();
    await ticket.reached;
    const retirement = retire();
    await until(() => stage.world.log.filter((tag) => tag === 'edge.end-relay').length > 1);
    expect(relay).toMatchObject({ state: 'relaying', leaving: false });
    ticket.goOn();
    expect(await end).toMatchObject({ outcome: 'committed' });
    expect(await retirement).toEqual({ removed: false, why: 'it is running in epoch 3' });
    expect(stage.world.at('edge', 'cache')).toBe(relay);
    expect(stage.world.log).not.toContain('edge.remove');
  }, 60_000);

  test('goes on when the way home came to nothing', async () => {
    const relay = gone();
    const copying = heldUp('cloud.sync');
    stage.world.faults.fail('cloud.step:handoff', new MigrationFailedError('broken', 'it broke'));
    const end = comeHome();
    await copying.reached;
    expect(relay.state).toBe('armedD');
    const retirement = retire();
    const looks = stage.world.log.length;
    await until(() => stage.world.log.slice(looks).filter((tag) => tag === 'edge.status').length > 1);
    expect(stage.world.at('edge', 'cache')).toBe(relay);
    copying.goOn();
    expect(await end).toMatchObject({ outcome: 'rolled-back' });
    expect(await retirement).toMatchObject({ removed: true });
    expect(relay.history.get(2)).toBe('retired');
    expect(stage.world.at('cloud', 'cache')?.state).toBe('running');
  }, 60_000);

  test('is not undone by an engine that is silent for a while', async () => {
    gone();
    stage.world.faults.fail('edge.end-relay', new UnavailableError('engine-silent', 'down'), 2);
    expect(await retire()).toMatchObject({ removed: true });
  }, 60_000);
});
