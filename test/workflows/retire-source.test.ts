import { describe, expect, test } from '@jest/globals';
import type { RetireSourceInput } from '../../workflows/retire-source';
import { useStage } from './support/use-stage';

const stage = useStage();

let runs = 0;
const hour = 3_600_000;
const start = (over: Partial<RetireSourceInput> = {}) =>
  stage.env.client.workflow.start('retireSource', {
    workflowId: `retire-test-${(runs += 1)}`,
    taskQueue: 'carryon',
    args: [{ serviceId: 'cache', name: 'cache', cluster: 'edge', epoch: 2, untilMs: Date.now() + hour, ...over }],
  });
const relay = () => {
  const engine = stage.world.run('edge');
  engine.journal(2, 'relaying');
  return engine;
};
const untouched = () => expect(stage.world.log.filter((tag) => /remove|end-relay/.test(tag))).toEqual([]);

describe('retireSource', () => {
  test('removes the outer container when nobody uses the relay any more, and keeps its volumes', async () => {
    relay();
    const result: unknown = await (await start()).result();
    expect(result).toMatchObject({ removed: true });
    expect(stage.world.log.filter((tag) => /remove|end-relay/.test(tag))).toEqual(['edge.end-relay', 'edge.end-relay', 'edge.remove']);
  }, 60_000);

  test('waits for the last connection', async () => {
    const engine = relay();
    engine.relayed = 3;
    const run = await start();
    await new Promise((resolve) => setTimeout(resolve, 5000));
    untouched();
    engine.relayed = 0;
    expect(await run.result()).toMatchObject({ removed: true });
  }, 60_000);

  test('does not take a relay for quiet that has forgotten its connections', async () => {
    relay().relayForgot = true;
    const run = await start({ untilMs: Date.now() + 9_000 });
    await new Promise((resolve) => setTimeout(resolve, 8_000));
    untouched();
    expect(await run.result()).toMatchObject({ removed: true });
  }, 60_000);

  test('ends a relay that is still used when its time is over', async () => {
    relay().relayed = 3;
    expect(await (await start({ untilMs: Date.now() + 1000 })).result()).toMatchObject({ removed: true });
  }, 60_000);

  test('has a source forget what it owes when nobody needs it, so that a migration may come home', async () => {
    const engine = stage.world.run('edge');
    engine.journal(2, 'owing');
    engine.relayed = 1;
    const run = await start({ owesNothing: true });
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(engine.state).toBe('relaying');
    untouched();
    engine.relayed = 0;
    expect(await run.result()).toMatchObject({ removed: true });
  }, 60_000);

  test('leaves alone a source that is owed to', async () => {
    stage.world.run('edge').journal(2, 'owing');
    expect(await (await start()).result()).toEqual({ removed: false, why: 'it is owing in epoch 2' });
    expect(stage.world.log).not.toContain('edge.forget-debt');
  }, 60_000);

  test('keeps a source that became the destination of the way home', async () => {
    const engine = relay();
    engine.relayed = 1;
    const run = await start();
    await new Promise((resolve) => setTimeout(resolve, 1000));
    engine.journal(3, 'running');
    expect(await run.result()).toEqual({ removed: false, why: 'it is running in epoch 3' });
    untouched();
  }, 60_000);

  test('keeps it even when it came home between the end of the relay and the removal', async () => {
    const engine = relay();
    stage.world.faults.meanwhile('edge.end-relay', () => engine.journal(3, 'armedD'));
    const run = await start({ untilMs: Date.now() });
    await new Promise((resolve) => setTimeout(resolve, 3000));
    expect(stage.world.log).toContain('edge.end-relay');
    engine.journal(3, 'running');
    expect(await run.result()).toEqual({ removed: false, why: 'it is running in epoch 3' });
    expect(stage.world.log).not.toContain('edge.remove');
  }, 60_000);
});
