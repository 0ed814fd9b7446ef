import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createAwaitLoss, type Turn } from '../../../activities/await-loss';
import { UnavailableError } from '../../../domain/errors';
import type { Ticket } from '../../../domain/migration';
import type { FakeEngine } from '../../fakes/engine';
import { fakeOrchestrator } from '../../fakes/orchestrator';
import { World } from '../../fakes/world';

let world: World;
let context: MockActivityEnvironment;
beforeEach(() => {
  jest.useFakeTimers();
  world = new World(['cloud']);
  context = new MockActivityEnvironment();
});
afterEach(() => {
  jest.useRealTimers();
});

const watch = (serviceId: string) => context.run(createAwaitLoss({ orchestrator: fakeOrchestrator('cloud', { world }) }), { serviceId });

describe('the watch for a loss', () => {
  test('ends when the outer container is gone, and not because nobody answers', async () => {
    const { outer } = world.run('cloud');
    world.faults.fail('cloud.find', new UnavailableError('orchestrator-silent', 'down'), 2);
    let over = false;
    const ended = watch(outer.id).then(() => (over = true));
    await jest.advanceTimersByTimeAsync(60_000);
    expect(over).toBe(false);
    expect(world.log.length).toBeGreaterThan(5);
    world.delete('cloud', outer.id);
    await jest.advanceTimersByTimeAsync(10_000);
    await ended;
  });

  test('ends when the service stands still though nothing is lost, or goes on again, for whoever asks for that', async () => {
    const engine = world.run('cloud');
    engine.ticket = { migration: 'm', epoch: 2, source: { cluster: 'edge' }, destination: { cluster: 'cloud' } } as Ticket;
    engine.journal(2, 'running');
    engine.mark('commit', 'running');
    const told: unknown[] = [];
    const await_ = (turn?: Turn) =>
      void context.run(createAwaitLoss({ orchestrator: fakeOrchestrator('cloud', { world }) }), { serviceId: engine.outer.id, migration: 'm', epoch: 2, unsaid: true, ...(turn && { turn }) }).then((how) => told.push(how));
    await_();
    await_('standstill');
    await jest.advanceTimersByTimeAsync(20_000);
    expect(told).toEqual([]);
    engine.journal(2, 'waiting');
    await jest.advanceTimersByTimeAsync(10_000);
    expect(told).toEqual(['standstill']);
    await_('motion');
    await jest.advanceTimersByTimeAsync(20_000);
    expect(told).toHaveLength(1);
    engine.journal(2, 'running');
    await jest.advanceTimersByTimeAsync(10_000);
    expect(told).toEqual(['standstill', 'motion']);
    engine.restart();
    await jest.advanceTimersByTimeAsync(10_000);
  });

  test.each([
    ['began afresh', 'restarted', (engine: FakeEngine) => engine.restart()],
    ['has all pages and its driver did not say so', 'unsaid', (engine: FakeEngine) => engine.mark('pages', 'done')],
    ['stands still for good', 'stranded', (engine: FakeEngine) => {
      engine.journal(2, 'waiting');
      engine.stranded = true;
    }],
  ] as const)('ends when the service %s, and not while its pages come', async (_, loss, strikes) => {
    const engine = world.run('cloud');
    engine.ticket = { migration: 'm', epoch: 2, source: { cluster: 'edge' }, destination: { cluster: 'cloud' } } as Ticket;
    engine.journal(2, 'running');
    engine.mark('commit', 'running');
    let told: unknown;
    const ended = context.run(createAwaitLoss({ orchestrator: fakeOrchestrator('cloud', { world }) }), { serviceId: engine.outer.id, migration: 'm', epoch: 2, unsaid: true }).then((how) => (told = how));
    await jest.advanceTimersByTimeAsync(60_000);
    expect(told).toBeUndefined();
    strikes(engine);
    await jest.advanceTimersByTimeAsync(10_000);
    await ended;
    expect(told).toBe(loss);
  });

  test('ends when it is cancelled', async () => {
    const { outer } = world.run('cloud');
    const ended = watch(outer.id).catch((error: unknown) => error);
    await jest.advanceTimersByTimeAsync(1_000);
    context.cancel();
    await jest.advanceTimersByTimeAsync(10_000);
    expect(await ended).toMatchObject({ name: 'CancelledFailure' });
  });
});
