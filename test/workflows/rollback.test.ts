import { describe, expect, test } from '@jest/globals';
import { MigrationFailedError, NeedsHumanError, UnavailableError } from '../../domain/errors';
import { until } from './support/until';
import { useStage } from './support/use-stage';

const stage = useStage();

const broken = new MigrationFailedError('broken', 'it broke');
const migrate = async (over: object = {}) => stage.migrations.end(await stage.migrations.start({ service: 'cache', to: 'cloud', ...over }));
const undone = () => stage.world.log.filter((tag) => /step:abort|step:discard|remove/.test(tag));
const all = ['edge.step:abort', 'cloud.step:discard', 'cloud.remove-with-volumes'];

describe('a migration that fails before commit', () => {
  test.each([
    ['cloud.deploy', 'post-copy', []],
    ['edge.prepare:source', 'post-copy', ['cloud.remove-with-volumes']],
    ['cloud.prepare:destination', 'post-copy', ['edge.step:abort', 'cloud.remove-with-volumes']],
    ['edge.sync', 'post-copy', all],
    ['edge.step:handoff', 'post-copy', all],
    ['edge.step:freeze', 'stop-and-copy', all],
    ['edge.step:final-dump', 'stop-and-copy', all],
    ['edge.step:transfer', 'stop-and-copy', all],
    ['edge.step:restore', 'stop-and-copy', all],
    ['edge.step:commit', 'stop-and-copy', all],
  ])('at %s (%s) is taken back last-in first-out, and the service runs on at the source', async (tag, strategy, undo) => {
    const source = stage.world.run('edge');
    stage.world.faults.fail(tag, broken);
    const end = await migrate({ strategy });
    expect(end).toMatchObject({ outcome: 'rolled-back', code: 'broken', report: { reason: 'it broke' } });
    expect(end.message).toContain('runs on at edge');
    expect(source.state).toBe('running');
    expect(undone()).toEqual(undo);
    expect(stage.world.at('cloud', 'cache')).toBeUndefined();
  }, 30_000);

  test('whose step succeeds though its answer is lost is repeated, not taken back', async () => {
    stage.world.run('edge');
    stage.world.faults.lose('edge.step:transfer', new UnavailableError('engine-silent', 'connection lost'), 2);
    expect((await migrate({ strategy: 'stop-and-copy' })).outcome).toBe('committed');
    expect(undone()).toEqual([]);
  }, 30_000);

  test.each(['cloud.prepare:destination', 'edge.sync', 'edge.step:handoff'])(
    'at %s because the application ended by itself brings the word of the destination, and the source starts anew',
    async (tag) => {
      const source = stage.world.run('edge');
      stage.world.faults.meanwhile(tag, () => {
        source.alive = false;
        throw broken;
      });
      const end = await migrate();
      expect(end).toMatchObject({ outcome: 'rolled-back', code: 'broken' });
      expect(end.message).toContain('the application had ended by itself at edge and was started anew there');
      expect(source).toMatchObject({ state: 'running', alive: true });
      expect(stage.world.at('cloud', 'cache')).toBeUndefined();
    },
    30_000,
  );

  test('keeps a destination that was there before', async () => {
    stage.world.run('edge').journal(5, 'running');
    const relay = stage.world.run('cloud');
    relay.journal(4, 'relaying');
    stage.world.faults.fail('edge.step:handoff', broken);
    expect((await migrate()).outcome).toBe('rolled-back');
    expect(undone()).toEqual(['edge.step:abort', 'cloud.step:discard']);
    expect(stage.world.at('cloud', 'cache')).toBe(relay);
  }, 30_000);

  test('tells the source\'s orchestrator that the service stays, once it was taken back there', async () => {
    stage.world.run('edge');
    stage.world.faults.fail('edge.step:handoff', broken);
    expect((await migrate()).outcome).toBe('rolled-back');
    expect(stage.world.heres).toEqual(expect.arrayContaining([{ cluster: 'edge', after: expect.arrayContaining(['edge.step:abort']) }]));
    expect(stage.world.heres.map(({ cluster }) => cluster)).not.toContain('cloud');
  }, 30_000);

  test('can be tried again with a higher epoch', async () => {
    const source = stage.world.run('edge');
    stage.world.faults.fail('edge.step:handoff', broken, 1);
    expect((await migrate()).outcome).toBe('rolled-back');
    const failed = source.epoch;
    expect((await migrate()).outcome).toBe('committed');
    expect(source.epoch).toBeGreaterThan(failed);
  }, 30_000);
});

describe('a source whose memory did not outlive the migration', () => {
  test('is said to have begun anew when its outer container was restarted, and the engines had settled that already', async () => {
    const source = stage.world.run('edge');
    stage.world.faults.meanwhile('edge.sync', () => {
      source.journal(source.epoch, 'running');
      source.startedIn = source.epoch;
      throw broken;
    });
    const end = await migrate();
    expect(end).toMatchObject({ outcome: 'rolled-back', report: { sourceNow: 'anew' } });
    expect(end.message).toContain('runs at edge, where it began anew');
  }, 30_000);

  test('is said to be gone when somebody removed it', async () => {
    const source = stage.world.run('edge');
    stage.world.faults.meanwhile('edge.sync', () => {
      stage.world.delete('edge', source.outer.id);
      throw broken;
    });
    const end = await migrate();
    expect(end).toMatchObject({ outcome: 'rolled-back', report: { sourceNow: 'gone' } });
    expect(end.message).toContain('no outer container at edge');
    // What an orchestrator begins afresh is the only copy by then.
    expect(stage.world.heres).toEqual([{ cluster: 'edge', after: expect.arrayContaining(['cloud.step:discard']) }]);
  }, 30_000);
});

describe('a source that is stopped for good while it is armed', () => {
  test.each([
    ['cloud.prepare:destination', 'post-copy'],
    ['edge.sync', 'post-copy'],
    ['edge.step:handoff', 'post-copy'],
    ['edge.step:restore', 'stop-and-copy'],
  ])('at %s (%s) is what it is without a migration: stopped, and may start again on the word of the destination', async (tag, strategy) => {
    const source = stage.world.run('edge');
    stage.world.faults.meanwhile(tag, () => {
      source.up = false;
      throw broken;
    });
    const end = await migrate({ strategy });
    expect(end).toMatchObject({ outcome: 'rolled-back', code: 'broken' });
    expect(end.message).toContain('the service is stopped at edge');
    expect(end.message).toContain('its outer container at cloud was left');
    expect(stage.world.at('cloud', 'cache')?.state).toMatch(/discarded|absent/);
  }, 60_000);

  test('is not stopped any more when it comes back while it is asked', async () => {
    const source = stage.world.run('edge');
    stage.world.faults.meanwhile('edge.sync', () => {
      source.up = false;
      throw broken;
    });
    stage.world.faults.meanwhile('cloud.step:discard', () => {
      source.up = true;
      source.alive = false;
    });
    const end = await migrate();
    expect(end).toMatchObject({ outcome: 'rolled-back', code: 'broken' });
    expect(end.message).toContain('was started anew there');
    expect(stage.world.at('cloud', 'cache')).toBeUndefined();
  }, 60_000);

  test('has handed over when the destination got its commit', async () => {
    const source = stage.world.run('edge');
    stage.world.faults.lose('edge.step:commit', new UnavailableError('engine-silent', 'the connection broke'));
    stage.world.faults.meanwhile('edge.step:commit', () => {
      stage.world.faults.meanwhile('edge.find', () => void (source.up = false));
    });
    const id = await stage.migrations.start({ service: 'cache', to: 'cloud', strategy: 'stop-and-copy' });
    await until(() => stage.world.at('cloud', 'cache')?.state === 'running');
    await new Promise((resolve) => setTimeout(resolve, 2000));
    expect(stage.world.at('cloud', 'cache')?.state).toBe('running');
    expect(undone()).toEqual([]);
    stage.world.faults.lift('edge.find');
    source.up = true;
    expect((await stage.migrations.end(id)).outcome).toBe('committed');
  }, 60_000);
});

describe('a rollback that fails', () => {
  test('halts at the first undo that fails and calls a human', async () => {
    stage.world.run('edge');
    stage.world.faults.fail('edge.sync', broken);
    stage.world.faults.fail('edge.step:abort', new NeedsHumanError('thaw-failed', 'the freezer does not answer', { next: 'Thaw it by hand.' }));
    const end = await migrate();
    expect(end).toMatchObject({ outcome: 'needs-human', code: 'thaw-failed', next: 'Thaw it by hand.' });
    expect(end.message).toContain('could not take the service back at edge');
    expect(end.message).toContain('not tried after that: discard the copy at cloud, remove the outer container at cloud');
    expect(end.message).toContain('edge: it runs, unless it was just being stopped (armedS); cloud: nothing runs yet (armedD)');
    expect(end.report?.reason).toContain('rolled back because: it broke');
    expect(undone()).toEqual(['edge.step:abort']);
  }, 30_000);

  test('that only stumbles is tried again', async () => {
    stage.world.run('edge');
    stage.world.faults.fail('edge.sync', broken);
    stage.world.faults.fail('cloud.step:discard', new UnavailableError('engine-silent', 'connection refused'), 2);
    expect((await migrate()).outcome).toBe('rolled-back');
    expect(undone()).toEqual(['edge.step:abort', 'cloud.step:discard', 'cloud.step:discard', 'cloud.step:discard', 'cloud.remove-with-volumes']);
  }, 30_000);
});
