import { describe, expect, test } from '@jest/globals';
import { WorkflowFailedError } from '@temporalio/client';
import { randomUUID } from 'node:crypto';
import { RefusedError } from '../../domain/errors';
import { host } from '../fakes/facts';
import { until } from './support/until';
import { useStage } from './support/use-stage';

const stage = useStage();

const untouched = () => expect(stage.world.log.filter((tag) => /deploy|prepare|step|remove/.test(tag))).toEqual([]);
const migrate = async (to: string, over: object = {}) => stage.migrations.end(await stage.migrations.start({ service: 'cache', to, ...over }));
const byHand = (input: unknown) =>
  stage.env.client.workflow.execute('migrateService', { workflowId: randomUUID(), taskQueue: 'carryon', args: [input] }).catch((error: WorkflowFailedError) => error.cause);

describe('migrateService refuses before anything is touched', () => {
  test('a plan with refusals, and tells all of them', async () => {
    stage.world.run('edge').facts = { host: host({ architecture: 'aarch64' }), execSessions: [{ pid: 77, comm: 'bash' }] };
    stage.world.portsInUse = [{ port: 6379, protocol: 'tcp', by: 'another' }];
    const end = await migrate('cloud');
    expect(end.outcome).toBe('refused');
    expect(end.refusals?.map(({ code }) => code).sort()).toEqual(['architecture', 'exec-sessions', 'port-taken']);
    untouched();
  }, 30_000);

  test.each([
    ['an unknown cluster', 'mars', 'unknown-cluster'],
    ['the cluster that the service is in', 'edge', 'same-cluster'],
  ])('%s', async (_what, to, code) => {
    stage.world.run('edge');
    expect(await migrate(to)).toMatchObject({ outcome: 'refused', code });
    untouched();
  }, 30_000);

  test('a service that nobody has', async () => {
    expect(await migrate('cloud')).toMatchObject({ outcome: 'refused', code: 'service-not-found' });
  }, 30_000);

  test('a service that another migration holds', async () => {
    stage.world.run('edge').journal(2, 'armedS');
    expect(await migrate('cloud')).toMatchObject({ outcome: 'refused', code: 'already-migrating' });
    untouched();
  }, 30_000);

  test('a service whose pages still follow from its last cluster', async () => {
    stage.world.run('edge');
    stage.world.run('home').journal(1, 'owing');
    expect(await migrate('cloud')).toMatchObject({ outcome: 'refused', code: 'owing-debt' });
    untouched();
  }, 30_000);

  test.each([
    ['nothing', undefined, /not a JSON object/],
    ['a text', 'cache', /not a JSON object/],
    ['no destination', { service: 'cache' }, /names no "to"/],
    ['a misspelt field', { service: 'cache', to: 'cloud', maxDowntime: 5 }, /unknown field "maxDowntime".*maxDowntimeMs/],
    ['an unknown strategy', { service: 'cache', to: 'cloud', strategy: 'magic' }, /Choose one of: auto, stop-and-copy, post-copy/],
  ])('input that is malformed: %s', async (_what, input, message) => {
    const failure: unknown = await byHand(input);
    expect(failure).toMatchObject({ type: 'Refused', nonRetryable: true });
    expect((failure as Error).message).toMatch(message);
  }, 30_000);

  test('a second migration of the same service while the first runs', async () => {
    stage.world.run('edge');
    let release: () => void = () => undefined;
    stage.world.faults.meanwhile('edge.sync', () => new Promise<void>((resolve) => (release = resolve)), 1);
    const first = await stage.migrations.start({ service: 'cache', to: 'cloud' });
    await expect(stage.migrations.start({ service: 'cache', to: 'home' })).rejects.toMatchObject({ code: 'already-migrating' });
    await expect(stage.migrations.start({ service: 'cache', to: 'home' })).rejects.toBeInstanceOf(RefusedError);
    await until(() => stage.world.log.includes('edge.sync'));
    release();
    expect((await stage.migrations.end(first)).outcome).toBe('committed');
  }, 30_000);

  test('a second migration under another id, without disturbing the first', async () => {
    const source = stage.world.run('edge');
    // The other one arms the source between this one's plan and its own arming.
    stage.world.faults.meanwhile('cloud.deploy', () => {
      source.journal(2, 'armedS');
      source.ticket = { migration: 'other', source: { cluster: 'edge' }, destination: { cluster: 'home' } } as NonNullable<typeof source.ticket>;
    }, 1);
    const end = await migrate('cloud');
    expect(end).toMatchObject({ outcome: 'rolled-back', code: 'already-migrating' });
    expect(source.state).toBe('armedS');
    expect(stage.world.log).not.toContain('edge.step:abort');
  }, 30_000);
});

describe('planMigration', () => {
  test('shows strategy, reasons and prediction and touches nothing', async () => {
    stage.world.run('edge');
    const plan = await stage.migrations.plan({ service: 'cache', to: 'cloud' });
    expect(plan).toMatchObject({ from: 'edge', to: 'cloud', strategy: 'post-copy', refusals: [] });
    expect(plan.predicted.downtimeMs).toBeGreaterThan(0);
    untouched();
  }, 30_000);

  test('shows refusals instead of failing when both sides could be asked', async () => {
    stage.world.run('edge').facts = { memoryBytes: 2 ** 50 };
    const plan = await stage.migrations.plan({ service: 'cache', to: 'cloud' });
    expect(plan.refusals.map(({ code }) => code)).toContain('memory');
  }, 30_000);

  test('fails with the reason when there is nothing to compare', async () => {
    await expect(stage.migrations.plan({ service: 'cache', to: 'cloud' })).rejects.toMatchObject({ code: 'service-not-found', recovery: 'refuse' });
  }, 30_000);

  test('says which coordinator does not answer', async () => {
    stage.world.run('edge');
    await stage.stopCoordinator('cloud');
    try {
      await expect(stage.migrations.plan({ service: 'cache', to: 'cloud' })).rejects.toMatchObject({ code: 'cluster-silent' });
    } finally {
      await stage.startCoordinator('cloud');
    }
  }, 90_000);
});
