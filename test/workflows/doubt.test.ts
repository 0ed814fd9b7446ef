import { describe, expect, test } from '@jest/globals';
import { MigrationFailedError, RefusedError, UnavailableError } from '../../domain/errors';
import { until } from './support/until';
import { useStage } from './support/use-stage';

const stage = useStage();

const lost = new UnavailableError('engine-silent', 'the connection broke');
const start = (over: object = {}) => stage.migrations.start({ service: 'cache', to: 'cloud', ...over });
const undone = () => stage.world.log.filter((tag) => /step:discard|remove/.test(tag));

describe('when the answer to the handoff is lost', () => {
  test.each([
    ['edge.step:handoff', 'post-copy'],
    ['edge.step:commit', 'stop-and-copy'],
  ])('%s: goes forward when the journals say that it was committed', async (tag, strategy) => {
    stage.world.run('edge');
    stage.world.faults.lose(tag, lost);
    const end = await stage.migrations.end(await start({ strategy }));
    expect(end.outcome).toBe('committed');
    expect(stage.world.at('cloud', 'cache')?.state).toBe('running');
    expect(undone()).toEqual([]);
  }, 30_000);

  test('goes forward by the word of the destination alone', async () => {
    const source = stage.world.run('edge');
    stage.world.faults.lose('edge.step:handoff', lost);
    stage.world.faults.meanwhile('edge.step:handoff', () => {
      stage.world.faults.fail('edge.status', lost, 4);
      source.relayed = 1;
    });
    expect((await stage.migrations.end(await start())).outcome).toBe('committed');
  }, 60_000);

  test("brings the destination's commit to a source that did not hear of it", async () => {
    const source = stage.world.run('edge');
    stage.world.faults.lose('edge.step:commit', lost);
    const run = start({ strategy: 'stop-and-copy' });
    stage.world.faults.meanwhile('edge.find', () => {
      if (stage.world.at('cloud', 'cache')?.state === 'running' && source.state === 'relaying' && !stage.world.log.includes('edge.answer')) source.journal(source.epoch, 'handedOff');
    });
    await until(() => stage.world.log.includes('edge.answer'));
    expect(source.state).toBe('owing');
    expect((await stage.migrations.end(await run)).outcome).toBe('committed');
  }, 30_000);
});

describe('in doubt', () => {
  /** The commit leaves the source and reaches nobody. */
  const commitIntoTheVoid = () => {
    const source = stage.world.run('edge');
    stage.world.faults.meanwhile('edge.step:handoff', () => {
      source.journal(source.epoch, 'handedOff');
      stage.world.at('cloud', 'cache')?.journal(source.epoch, 'gated');
    });
    stage.world.faults.fail('edge.step:commit', lost);
    return source;
  };

  test("neither side is let run; the destination's commit, found later, settles it", async () => {
    const source = commitIntoTheVoid();
    const id = await start();
    await until(async () => (await stage.migrations.status(id)).progress?.message.startsWith('in doubt') ?? false);
    expect((await stage.migrations.status(id)).progress?.message).toContain('edge: handedOff, cloud: gated');
    expect(stage.world.visible()).toEqual([]);
    expect(undone()).toEqual([]);
    stage.world.at('cloud', 'cache')!.journal(source.epoch, 'running');
    expect((await stage.migrations.end(id)).outcome).toBe('committed');
    expect(stage.world.log).toContain('edge.answer');
  }, 60_000);

  test("the source resumes only on the destination's word that it discarded, brought by the coordinators", async () => {
    const source = commitIntoTheVoid();
    const id = await start();
    await until(async () => (await stage.migrations.status(id)).progress?.message.startsWith('in doubt') ?? false);
    stage.world.at('cloud', 'cache')!.journal(source.epoch, 'discarded');
    expect(await stage.migrations.end(id)).toMatchObject({ outcome: 'rolled-back' });
    expect(stage.world.log).toContain('edge.answer');
    expect(source.state).toBe('running');
    expect(undone()).toEqual(['cloud.remove-with-volumes']);
  }, 60_000);

  test('a source that refuses to be told is asked to abort, and asks the destination itself', async () => {
    const source = commitIntoTheVoid();
    const refused = new RefusedError('bad-request', 'no such verb');
    stage.world.faults.fail('edge.answer', refused);
    stage.world.faults.fail('edge.step:abort', lost, 100);
    const id = await start();
    await until(async () => (await stage.migrations.status(id)).progress?.message.startsWith('in doubt') ?? false);
    stage.world.at('cloud', 'cache')!.journal(source.epoch, 'discarded');
    await until(async () => (await stage.migrations.status(id)).progress?.message.includes('could not be told that cloud says discarded: no such verb') ?? false);
    stage.world.faults.lift('edge.step:abort');
    stage.world.faults.meanwhile('edge.step:abort', () => source.journal(source.epoch, 'running'));
    expect(await stage.migrations.end(id)).toMatchObject({ outcome: 'rolled-back' });
    expect(source.state).toBe('running');
  }, 120_000);

  test('an abort is only a question', async () => {
    const source = commitIntoTheVoid();
    const id = await start();
    await until(async () => (await stage.migrations.status(id)).progress?.message.startsWith('in doubt') ?? false);
    const abort = stage.migrations.abort(id, 'impatience').catch((error: unknown) => error);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(source.state).toBe('handedOff');
    stage.world.at('cloud', 'cache')!.journal(source.epoch, 'running');
    expect(await abort).toMatchObject({ code: 'committed' });
    expect((await stage.migrations.end(id)).outcome).toBe('committed');
  }, 60_000);
});

test('a source that stayed armed after a lost handoff is asked to abort, and decides', async () => {
  const source = stage.world.run('edge');
  stage.world.faults.fail('edge.step:handoff', new MigrationFailedError('hung', 'no answer'));
  expect((await stage.migrations.end(await start())).outcome).toBe('rolled-back');
  expect(stage.world.log.filter((tag) => tag === 'edge.step:abort')).toHaveLength(1);
  expect(source.state).toBe('running');
}, 30_000);
