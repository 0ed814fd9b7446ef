import { describe, expect, test } from '@jest/globals';
import { WorkflowFailedError } from '@temporalio/client';
import { randomUUID } from 'node:crypto';
import { MigrationFailedError, RefusedError } from '../../domain/errors';
import { host, spec } from '../fakes/facts';
import { until } from './support/until';
import { useStage } from './support/use-stage';

const stage = useStage();

const quota = new RefusedError('quota-exceeded', 'exceeded quota: small, requested: pods=1', { next: 'Raise the quota.' });
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

  test.each([
    ['source', 'edge.inspect'],
    ['destination', 'cloud.find'],
  ])('what the %s refuses when it is asked, with its code, words and advice', async (_side, tag) => {
    stage.world.run('edge');
    // The first `find` looks for the service.
    if (tag === 'cloud.find') stage.world.faults.meanwhile(tag, () => undefined, 1);
    stage.world.faults.fail(tag, quota);
    const end = await migrate('cloud');
    expect(end).toMatchObject({ outcome: 'refused', code: 'quota-exceeded', message: quota.message, next: quota.next });
    expect(end.refusals).toEqual([{ code: 'quota-exceeded', message: quota.message }]);
    untouched();
  }, 30_000);

  test('what fails when it is asked is no refusal', async () => {
    stage.world.run('edge');
    stage.world.faults.fail('edge.inspect', new MigrationFailedError('broken', 'it broke'));
    expect(await migrate('cloud')).toMatchObject({ outcome: 'rolled-back', code: 'broken', message: 'it broke; nothing was touched' });
    untouched();
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

describe('migrateService is refused by the destination before a ticket is given', () => {
  test('and takes back what was made there', async () => {
    const source = stage.world.run('edge');
    // Made, and refused nevertheless.
    stage.world.faults.lose('cloud.deploy', quota);
    expect(await migrate('cloud')).toMatchObject({ outcome: 'refused', code: 'quota-exceeded', message: quota.message, next: quota.next });
    expect(stage.world.log).toContain('cloud.remove');
    expect(stage.world.at('cloud', 'cache')).toBeUndefined();
    expect(source).toMatchObject({ state: 'running', epoch: 1 });
    expect(stage.world.log.filter((tag) => /prepare|step/.test(tag))).toEqual([]);
  }, 30_000);

  test('but is rolled back where something is left, and says what', async () => {
    stage.world.run('edge');
    stage.world.faults.lose('cloud.deploy', quota);
    // Another migration arms it before it can be removed.
    stage.world.faults.meanwhile('cloud.deploy', () => void stage.world.create('cloud', spec()).journal(3, 'armedD'));
    const end = await migrate('cloud');
    expect(end).toMatchObject({ outcome: 'rolled-back', code: 'quota-exceeded', next: quota.next });
    expect(end.message).toContain('its outer container at cloud was left: it is armedD in epoch 3');
  }, 30_000);

  test('but is aborted where that was asked for meanwhile', async () => {
    stage.world.run('edge');
    let refuse: () => void = () => undefined;
    stage.world.faults.meanwhile('cloud.deploy', async () => {
      await new Promise<void>((resolve) => (refuse = resolve));
      throw quota;
    });
    const id = await stage.migrations.start({ service: 'cache', to: 'cloud' });
    await until(() => stage.world.log.includes('cloud.deploy'));
    const aborted = stage.migrations.abort(id, 'changed my mind');
    await until(async () => (await stage.migrations.status(id)).progress?.message.includes('abort asked for') === true);
    refuse();
    await aborted;
    expect(await stage.migrations.end(id)).toMatchObject({ outcome: 'rolled-back', code: 'aborted' });
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

  test('fails with what a side refuses when it is asked', async () => {
    stage.world.run('edge');
    stage.world.faults.fail('edge.inspect', quota);
    await expect(stage.migrations.plan({ service: 'cache', to: 'cloud' })).rejects.toMatchObject({ code: 'quota-exceeded', recovery: 'refuse', message: quota.message, next: quota.next });
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
