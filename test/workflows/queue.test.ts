import { describe, expect, test } from '@jest/globals';
import { MigrationFailedError } from '../../domain/errors';
import { migrationQueueId, migrationWorkflowId } from '../../domain/names';
import { plannedAtOnce, type QueueEntry } from '../../domain/queue';
import { fillSlot } from './support/scenarios';
import { until } from './support/until';
import { useStage } from './support/use-stage';

const stage = useStage();
const idOf = (number: number) => `6b0f1d0e-0000-4000-8000-00000000010${number}`;
const runOther = (number: number, cluster = 'edge') => stage.world.run(cluster, { id: idOf(number), name: `s${number}`, ports: [] });
const queuedOf = async (service: string) => (await stage.migrations.status(service)).progress?.queued;
const isOver = async (service: string) => (await stage.migrations.end(service)).outcome;
/** A migration of `cache` that waits for the one slot at cloud, which `other` has until it is let go. */
async function queueCache() {
  const source = stage.world.run('edge');
  const letGo = await fillSlot(stage);
  const id = await stage.migrations.start({ service: 'cache', to: 'cloud' });
  await until(async () => (await queuedOf('cache')) !== undefined);
  return { source, letGo, id };
}

describe('migrations to a full cluster', () => {
  test('wait, say behind how many, and begin when a slot is free', async () => {
    const { id, letGo } = await queueCache();
    const { progress } = await stage.migrations.status('cache');
    expect(progress).toMatchObject({ phase: 'queue', message: 'queued behind 1 at cloud', queued: { behind: 1, cluster: 'cloud' } });
    // Another goes before it: it is not told at once, and whoever asks for the exact place hears so.
    runOther(1);
    await stage.migrations.start({ service: 's1', to: 'cloud', priority: 90 });
    await until(async () => (await stage.migrations.status('cache', true)).progress?.queued?.behind === 2);
    const { staticDetails, typedSearchAttributes } = (await stage.env.client.workflow.getHandle(id).describe()) as unknown as { staticDetails: unknown; typedSearchAttributes: { getAll(): { key: { name: string }; value: unknown }[] } };
    expect(staticDetails).toBeDefined();
    expect(typedSearchAttributes.getAll().find(({ key }) => key.name === 'CarryonPhase')?.value).toBe('queue');
    expect(stage.world.at('cloud', 'cache')).toBeUndefined();
    letGo();
    const end = await stage.migrations.end(id);
    expect(end.outcome).toBe('committed');
    expect(end.report?.steps.map(({ phase }) => phase)).toContain('queue');
    expect(await isOver('s1')).toBe('committed');
  }, 60_000);

  test('go by priority, and by arrival within one', async () => {
    const letGo = await fillSlot(stage);
    for (const [number, priority] of [[1, 10], [2, 10], [3, 90]] as const) {
      runOther(number);
      await stage.migrations.start({ service: `s${number}`, to: 'cloud', priority });
      await until(async () => (await queuedOf(`s${number}`)) !== undefined);
    }
    letGo();
    expect(await Promise.all([1, 2, 3].map((number) => isOver(`s${number}`)))).toEqual(['committed', 'committed', 'committed']);
    const begun = await Promise.all([1, 2, 3].map(async (number) => (await stage.migrations.status(`s${number}`)).report?.steps.find(({ phase }) => phase === 'queue')));
    const ended = await Promise.all([1, 2, 3].map(async (number, index) => Date.parse((await stage.migrations.status(`s${number}`)).startedAt) + (begun[index]?.startedMs ?? 0) + (begun[index]?.durationMs ?? 0)));
    expect(ended[2]).toBeLessThan(ended[0]!);
    expect(ended[0]).toBeLessThan(ended[1]!);
  }, 90_000);

  test('are taken back at once, and leave the queue', async () => {
    const { id, letGo } = await queueCache();
    const asked = Date.now();
    expect(await stage.migrations.abort('cache', 'changed my mind')).toMatchObject({ outcome: 'rolled-back', message: expect.stringContaining('edge') as unknown });
    expect(Date.now() - asked).toBeLessThan(3000);
    expect(await stage.migrations.end(id)).toMatchObject({ outcome: 'rolled-back', code: 'aborted' });
    await until(async () => (await stage.env.client.workflow.getHandle(migrationQueueId).query<QueueEntry[]>('queue')).length === 1);
    expect(stage.world.log.filter((tag) => tag.startsWith('cloud.deploy'))).toHaveLength(1);
    letGo();
    expect(await isOver('other')).toBe('committed');
  }, 60_000);

  test('wait on when the one that had begun the queue is taken back', async () => {
    const { id } = await queueCache();
    expect(await stage.migrations.abort('other', 'changed my mind')).toMatchObject({ outcome: 'rolled-back' });
    expect((await stage.migrations.end(id)).outcome).toBe('committed');
  }, 60_000);

  test('ask again when somebody ended the queue, and are told where they stand in the new one', async () => {
    const { letGo } = await queueCache();
    await stage.env.client.workflow.getHandle(migrationQueueId).terminate('by hand');
    expect(await isOver('cache')).toBe('committed');
    letGo();
    expect(await isOver('other')).toBe('committed');
  }, 100_000);

  test('do not wait for ever for one whose workflow is gone', async () => {
    const { letGo } = await queueCache();
    await stage.env.client.workflow.getHandle(migrationWorkflowId('other')).terminate('test');
    expect(await isOver('cache')).toBe('committed');
    letGo();
  }, 60_000);

  test('are refused when the service has moved meanwhile: the slots would be another cluster\'s', async () => {
    const { source, letGo } = await queueCache();
    expect((await stage.migrations.end(await stage.migrations.start({ service: source.outer.id, to: 'home' }))).outcome).toBe('committed');
    letGo();
    expect(await stage.migrations.end('cache')).toMatchObject({ outcome: 'refused', code: 'moved-meanwhile' });
  }, 60_000);
});

test('migrations in opposite directions do not wait for each other: both slots come at once', async () => {
  for (const cluster of ['edge', 'cloud']) stage.policies[cluster]!.limits = { migrationsIn: 1, migrationsOut: 1 };
  for (const number of [1, 2, 3, 4]) runOther(number, number % 2 === 0 ? 'edge' : 'cloud');
  await Promise.all([1, 2, 3, 4].map((number) => stage.migrations.start({ service: `s${number}`, to: number % 2 === 0 ? 'cloud' : 'edge' })));
  expect(await Promise.all([1, 2, 3, 4].map((number) => isOver(`s${number}`)))).toEqual(Array(4).fill('committed'));
}, 90_000);

test('migrations are planned some at a time, however many are asked for', async () => {
  stage.policies.cloud!.limits = { migrationsIn: 1, migrationsOut: 1 };
  const numbers = Array.from({ length: plannedAtOnce + 3 }, (_, index) => index);
  const id = (number: number) => `6b0f1d0e-0000-4000-8000-0000000001${String(number).padStart(2, '0')}`;
  for (const number of numbers) stage.world.run('edge', { id: id(number), name: `s${number}`, ports: [] });
  let [looksNow, atMost] = [0, 0];
  let letGo: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (letGo = resolve));
  stage.world.faults.meanwhile('edge.inspect', async () => {
    looksNow += 1;
    atMost = Math.max(atMost, looksNow);
    await held;
    looksNow -= 1;
  });
  await Promise.all(numbers.map((number) => stage.migrations.start({ service: `s${number}`, to: 'cloud' })));
  await until(() => looksNow === plannedAtOnce);
  await until(async () => (await Promise.all(numbers.map((number) => queuedOf(`s${number}`)))).filter((queued) => queued !== undefined).length === 3);
  expect(looksNow).toBe(plannedAtOnce);
  const seen = async () => (await stage.migrations.list()).filter(({ attributes }) => attributes.CarryonPhase === 'queue');
  await until(async () => (await seen()).length === 3);
  for (const { workflowId, attributes } of await seen()) {
    expect(attributes).toEqual({ CarryonService: expect.stringMatching(/^s\d+$/) as unknown, CarryonDestination: 'cloud', CarryonPhase: 'queue' });
    expect(workflowId).toBe(migrationWorkflowId(attributes.CarryonService!));
  }
  letGo();
  expect(await Promise.all(numbers.map((number) => isOver(`s${number}`)))).toEqual(numbers.map(() => 'committed'));
  expect(atMost).toBe(plannedAtOnce);
}, 120_000);

test('a migration that is stuck after its commit does not keep its slot', async () => {
  stage.policies.cloud!.limits = { migrationsIn: 1, migrationsOut: 1 };
  stage.world.run('edge');
  stage.world.faults.fail('edge.step:finish', new MigrationFailedError('pages-missing', 'not all pages are in'), 100);
  await stage.migrations.start({ service: 'cache', to: 'cloud' });
  await until(() => stage.world.log.includes('edge.step:finish'));
  runOther(1, 'home');
  expect(await isOver(await stage.migrations.start({ service: 's1', to: 'cloud' }))).toBe('committed');
  stage.world.faults.lift('edge.step:finish');
  expect(await isOver('cache')).toBe('committed');
}, 120_000);
