import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { MigrationFailedError, NeedsHumanError, UnavailableError } from '../../domain/errors';
import type { FakeEngine } from '../fakes/engine';
import type { World } from '../fakes/world';
import { Stage } from './support/stage';

let stage: Stage;
let world: World;
beforeAll(async () => {
  stage = await Stage.open();
}, 120_000);
afterAll(() => stage.close(), 60_000);
beforeEach(() => {
  world = stage.reset();
});

const migrate = async (over: object = {}) => stage.migrations.end(await stage.migrations.start({ service: 'cache', to: 'cloud', ...over }));
const undone = () => world.log.filter((tag) => /step:abort|step:discard|remove-with/.test(tag));

describe('after commit the migration only goes forward', () => {
  test('when the pages take longer than the engine waits', async () => {
    world.run('edge');
    world.faults.fail('edge.step:finish', new MigrationFailedError('pages-missing', 'not all pages are in'), 2);
    expect((await migrate()).outcome).toBe('committed');
    expect(world.log.filter((tag) => tag === 'edge.step:finish')).toHaveLength(3);
    expect(undone()).toEqual([]);
  }, 60_000);

  test('when the destination does not answer for a while', async () => {
    world.run('edge');
    world.faults.meanwhile('edge.step:handoff', () => world.faults.fail('cloud.status', new UnavailableError('engine-silent', 'down'), 3));
    expect((await migrate()).outcome).toBe('committed');
    expect(undone()).toEqual([]);
  }, 60_000);

  test('without the source when stop-and-copy left nothing there', async () => {
    world.run('edge');
    world.faults.meanwhile('cloud.find', () => {
      const source = world.at('edge', 'cache');
      if (source?.state === 'relaying') world.delete('edge', source.outer.id);
    });
    expect((await migrate({ strategy: 'stop-and-copy' })).outcome).toBe('committed');
  }, 60_000);

  describe('when the pages never come to an end', () => {
    const missing = new MigrationFailedError('pages-missing', 'not all pages are in');
    const found = (act: (destination: FakeEngine) => void) => {
      const source = world.run('edge');
      world.faults.fail('edge.step:finish', missing);
      world.faults.meanwhile('edge.step:handoff', () =>
        world.faults.meanwhile('cloud.status', () => act(world.at('cloud', 'cache') as FakeEngine), 1),
      );
      return source;
    };
    const gone = async () => {
      while (world.at('edge', 'cache')) await new Promise((resolve) => setTimeout(resolve, 100));
    };

    test('a human is called when the service waits for one that cannot be had', async () => {
      found((destination) => destination.journal(destination.epoch, 'waiting'));
      const end = await migrate();
      expect(end).toMatchObject({ outcome: 'needs-human', code: 'pages-missing' });
      expect(end.message).toContain('stands still');
      expect(end.next).toContain('at cloud');
      expect(world.at('edge', 'cache')?.state).toBe('owing');
    }, 60_000);

    test('the source is given up when the destination has begun afresh; the report says so', async () => {
      found((destination) => destination.restart());
      const end = await migrate();
      expect(end.outcome).toBe('committed');
      expect(end.report?.reason).toContain('began afresh');
      await gone();
    }, 60_000);

    test('the source is given up when the destination has all pages though the source did not hear of it', async () => {
      found((destination) => destination.mark('pages', 'done'));
      const end = await migrate();
      expect(end.outcome).toBe('committed');
      expect(end.report?.reason).toContain('has all pages');
      await gone();
    }, 60_000);

    test('a human is called when the destination was removed', async () => {
      world.run('edge');
      world.faults.meanwhile('edge.step:finish', () => {
        world.delete('cloud', world.at('cloud', 'cache')?.outer.id ?? '');
        throw missing;
      });
      expect(await migrate()).toMatchObject({ outcome: 'needs-human', code: 'pages-missing' });
      expect(world.at('edge', 'cache')?.state).toBe('owing');
    }, 60_000);
  });

  test('and calls a human when the source is gone with pages that are owed', async () => {
    world.run('edge');
    world.faults.fail('edge.step:finish', new NeedsHumanError('driver-gone', 'the driver has ended while pages were owed', { next: 'Ask the destination.' }));
    const end = await migrate();
    expect(end).toMatchObject({ outcome: 'needs-human', code: 'driver-gone', next: 'Ask the destination.' });
    expect(end.message).toContain('the service runs at cloud');
    expect(world.at('cloud', 'cache')?.state).toBe('running');
    expect(undone()).toEqual([]);
  }, 60_000);
});

describe("the plan is compared again with what the destination's own engine sees", () => {
  test('and refused before anything is armed; the new outer container is removed', async () => {
    world.run('edge');
    world.faults.meanwhile('cloud.status', () => {
      const engine = world.at('cloud', 'cache');
      if (engine) engine.hostFacts = { ...engine.hostFacts, cpuFlags: ['fpu'] };
    });
    const end = await migrate();
    expect(end).toMatchObject({ outcome: 'refused', code: 'cpu-flags' });
    expect(undone()).toEqual(['cloud.remove-with-volumes']);
    expect(world.log).not.toContain('edge.prepare:source');
  }, 60_000);
});
