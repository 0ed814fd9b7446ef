import { describe, expect, test } from '@jest/globals';
import { MigrationFailedError, NeedsHumanError, UnavailableError } from '../../domain/errors';
import type { FakeEngine } from '../fakes/engine';
import { until } from './support/until';
import { useStage } from './support/use-stage';

const stage = useStage();

const migrate = async (over: object = {}) => stage.migrations.end(await stage.migrations.start({ service: 'cache', to: 'cloud', ...over }));
const undone = () => stage.world.log.filter((tag) => /step:abort|step:discard|remove-with/.test(tag));

describe('after commit the migration only goes forward', () => {
  test('when the pages take longer than the engine waits', async () => {
    stage.world.run('edge');
    stage.world.faults.fail('edge.step:finish', new MigrationFailedError('pages-missing', 'not all pages are in'), 2);
    expect((await migrate()).outcome).toBe('committed');
    expect(stage.world.log.filter((tag) => tag === 'edge.step:finish')).toHaveLength(3);
    expect(undone()).toEqual([]);
  }, 60_000);

  test('when the destination does not answer for a while', async () => {
    stage.world.run('edge');
    stage.world.faults.meanwhile('edge.step:handoff', () => stage.world.faults.fail('cloud.status', new UnavailableError('engine-silent', 'down'), 3));
    expect((await migrate()).outcome).toBe('committed');
    expect(undone()).toEqual([]);
  }, 60_000);

  test('without the source when stop-and-copy left nothing there', async () => {
    stage.world.run('edge');
    stage.world.faults.meanwhile('cloud.find', () => {
      const source = stage.world.at('edge', 'cache');
      if (source?.state === 'relaying') stage.world.delete('edge', source.outer.id);
    });
    expect((await migrate({ strategy: 'stop-and-copy' })).outcome).toBe('committed');
  }, 60_000);

  describe('when the pages never come to an end', () => {
    const missing = new MigrationFailedError('pages-missing', 'not all pages are in');
    const found = (act: (destination: FakeEngine) => void) => {
      const source = stage.world.run('edge');
      stage.world.faults.fail('edge.step:finish', missing);
      stage.world.faults.meanwhile('edge.step:handoff', () =>
        stage.world.faults.meanwhile('cloud.status', () => act(stage.world.at('cloud', 'cache') as FakeEngine), 1),
      );
      return source;
    };
    const nextLook = async () => {
      const looks = () => stage.world.log.filter((tag) => tag === 'cloud.status').length;
      const before = looks();
      await until(() => looks() > before);
    };
    const gone = () => until(() => !stage.world.at('edge', 'cache'));

    test('a human is called when the service waits for one that cannot be had', async () => {
      found((destination) => {
        destination.journal(destination.epoch, 'waiting');
        destination.stranded = true;
        // The watch for a loss would see it as well: its look is held up until the source has given up and the migration looks itself.
        stage.world.faults.meanwhile('cloud.status', nextLook, 1);
      });
      const end = await migrate();
      expect(end).toMatchObject({ outcome: 'needs-human', code: 'pages-missing' });
      expect(end.message).toContain('stands still');
      expect(end.next).toContain('at cloud');
      expect(stage.world.at('edge', 'cache')?.state).toBe('owing');
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
      stage.world.run('edge');
      stage.world.faults.meanwhile('edge.step:finish', () => {
        stage.world.delete('cloud', stage.world.at('cloud', 'cache')?.outer.id ?? '');
        throw missing;
      });
      expect(await migrate()).toMatchObject({ outcome: 'needs-human', code: 'pages-missing' });
      expect(stage.world.at('edge', 'cache')?.state).toBe('owing');
    }, 60_000);
  });

  test('and calls a human when the source is gone with pages that are owed', async () => {
    stage.world.run('edge');
    stage.world.faults.fail('edge.step:finish', new NeedsHumanError('driver-gone', 'the driver has ended while pages were owed', { next: 'Ask the destination.' }));
    const end = await migrate();
    expect(end).toMatchObject({ outcome: 'needs-human', code: 'driver-gone', next: 'Ask the destination.' });
    expect(end.message).toContain('the service runs at cloud');
    expect(stage.world.at('cloud', 'cache')?.state).toBe('running');
    expect(undone()).toEqual([]);
  }, 60_000);
});

describe("the plan is compared again with what the destination's own engine sees", () => {
  test('and refused before anything is armed; the new outer container is removed', async () => {
    stage.world.run('edge');
    stage.world.faults.meanwhile('cloud.status', () => {
      const engine = stage.world.at('cloud', 'cache');
      if (engine) engine.hostFacts = { ...engine.hostFacts, cpuFlags: ['fpu'] };
    });
    const end = await migrate();
    expect(end).toMatchObject({ outcome: 'refused', code: 'cpu-flags' });
    expect(undone()).toEqual(['cloud.remove-with-volumes']);
    expect(stage.world.log).not.toContain('edge.prepare:source');
  }, 60_000);
});
