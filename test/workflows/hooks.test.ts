import { describe, expect, test } from '@jest/globals';
import type { CutoverNews } from '../../domain/cutover';
import { MigrationFailedError } from '../../domain/errors';
import { until } from './support/until';
import { useStage } from './support/use-stage';

const stage = useStage();
const hook = { command: ['tell'], timeoutMs: 1000, retries: 0 };

const migrate = async (over: object = {}) => stage.migrations.end(await stage.migrations.start({ service: 'cache', to: 'cloud', ...over }));

function listen(): string[] {
  const heard: string[] = [];
  stage.runHook = (_, { event }) => {
    heard.push(event);
    return Promise.resolve();
  };
  return heard;
}

describe('hooks of the cutover', () => {
  test('hear at the destination that it has arrived, then at the source that it has left, while the relay is there', async () => {
    stage.world.run('edge');
    ['edge', 'cloud'].forEach((cluster) => stage.hook(cluster, hook));
    const heard: CutoverNews[] = [];
    const states: (string | undefined)[] = [];
    stage.runHook = (_, news) => {
      heard.push(news);
      states.push(stage.world.at('cloud', 'cache')?.state, stage.world.at('edge', 'cache')?.state);
      return Promise.resolve();
    };
    const { report } = await migrate();
    expect(report?.warnings).toBeUndefined();
    expect(heard.map(({ event }) => event)).toEqual(['arrived', 'left']);
    expect(heard[0]).toMatchObject({ service: { name: 'cache' }, source: { cluster: 'edge' }, destination: { cluster: 'cloud', host: expect.any(String) }, epoch: 2 });
    expect(states).toEqual(['running', 'relaying', 'running', 'relaying']);
  }, 60_000);

  test('are run by clusters that have them alone', async () => {
    stage.world.run('edge');
    stage.hook('edge', hook);
    const heard = listen();
    await migrate();
    expect(heard).toEqual(['left']);
  }, 60_000);

  test('are not run for a migration that is taken back', async () => {
    stage.world.run('edge');
    ['edge', 'cloud'].forEach((cluster) => stage.hook(cluster, hook));
    const heard = listen();
    stage.world.faults.fail('edge.sync', new MigrationFailedError('broken', 'it broke'));
    expect((await migrate()).outcome).toBe('rolled-back');
    expect(heard).toEqual([]);
  }, 60_000);

  test('that fail are a warning, and the service has moved', async () => {
    stage.world.run('edge');
    stage.hook('cloud', hook);
    stage.runHook = () => Promise.reject(new Error('it ended with code 7'));
    const { outcome, report } = await migrate();
    expect(outcome).toBe('committed');
    expect(report?.warnings).toEqual([{ code: 'cutover-hook-failed', message: 'A hook of cloud failed: command tell: it ended with code 7.' }]);
    expect(stage.world.at('cloud', 'cache')?.state).toBe('running');
  }, 60_000);

  test('are run by the next coordinator when one ends before them', async () => {
    stage.world.run('edge');
    stage.hook('edge', hook);
    const heard = listen();
    let stopped: Promise<void> | undefined;
    stage.world.faults.meanwhile('edge.step:finish', () => {
      stopped ??= stage.stopCoordinator('edge');
    });
    const id = await stage.migrations.start({ service: 'cache', to: 'cloud' });
    await until(() => stopped !== undefined);
    await stopped;
    expect(heard).toEqual([]);
    await stage.startCoordinator('edge');
    expect((await stage.migrations.end(id)).outcome).toBe('committed');
    expect(heard).toContain('left');
  }, 60_000);
});
