import { describe, expect, test } from '@jest/globals';
import { MigrationFailedError, NeedsHumanError, RefusedError, UnavailableError } from '../../domain/errors';
import { useLosses } from './support/losses';
import { until } from './support/until';
import { useStage } from './support/use-stage';

const stage = useStage();
const { start, end, at, removed, hang, silent, unreachable, answers, removedWhileOwed, noRetirement } = useLosses(stage);

describe('resolve', () => {
  test('lets a migration end that called a human: the service goes on at the source, and a second call says the same', async () => {
    const source = removedWhileOwed();
    expect((await end()).outcome).toBe('needs-human');
    const first = await stage.migrations.resolve('cache', { keep: 'source' });
    expect(first).toMatchObject({ cluster: 'edge', kept: 'taken-back', message: expect.stringContaining('since the commit is lost') });
    expect(source.state).toBe('running');
    expect(await stage.migrations.resolve('migrate-cache', { keep: 'source' })).toEqual(first);
    expect(await stage.migrations.resolve(first.migration, { keep: 'source' })).toEqual(first);
  }, 60_000);

  test('leaves no copy that a migration to the place of the loss could revive', async () => {
    removedWhileOwed();
    expect((await end({ onLoss: 'resume-frozen' })).outcome).toBe('resumed');
    stage.world.faults.lift('edge.step:finish');
    expect((await end()).outcome).toBe('committed');
    expect(at('cloud').state).toBe('running');
    expect(at('cloud').history.get(at('cloud').epoch - 1)).toBe('discarded');
  }, 60_000);

  test('ends a doubt that hangs; what is lost for ever need not be taken back', async () => {
    const source = stage.world.run('edge');
    stage.world.faults.meanwhile('edge.step:handoff', () => {
      source.journal(source.epoch, 'handedOff');
      throw new MigrationFailedError('in-doubt', 'no answer to the commit');
    });
    const id = await start();
    await until(() => source.state === 'handedOff');
    stage.world.faults.fail('edge.step:abort', new MigrationFailedError('in-doubt', 'a commit was sent'));
    silent('cloud');
    await expect(stage.migrations.resolve('cache', { keep: 'source' })).rejects.toMatchObject({ code: 'cluster-silent', recovery: 'refuse', message: expect.stringContaining('--force-lost cloud') });
    expect(source.state).toBe('handedOff');
    expect(await stage.migrations.resolve('cache', { keep: 'source', forceLost: 'cloud' })).toMatchObject({ cluster: 'edge', kept: 'resumed' });
    expect(source.state).toBe('running');
    answers('cloud');
    expect(await stage.migrations.end(id)).toMatchObject({ outcome: 'rolled-back', message: expect.stringContaining('nothing was discarded there') });
  }, 120_000);

  test('does not excuse a cluster whose coordinator knows that the container runs', async () => {
    const source = stage.world.run('edge');
    stage.world.faults.meanwhile('edge.step:handoff', () => {
      source.journal(source.epoch, 'handedOff');
      throw new MigrationFailedError('in-doubt', 'no answer to the commit');
    });
    stage.world.faults.fail('edge.step:abort', new MigrationFailedError('in-doubt', 'a commit was sent'));
    const id = await start();
    await until(() => source.state === 'handedOff');
    stage.world.faults.fail('cloud.status', new UnavailableError('engine-silent', 'its certificate is over'));
    await expect(stage.migrations.resolve('cache', { keep: 'source', forceLost: 'cloud' })).rejects.toMatchObject({ code: 'not-lost', message: expect.stringContaining('carryon rm cache --cluster cloud --force') });
    expect(source.state).toBe('handedOff');
    answers('cloud');
    at('cloud').journal(at('cloud').epoch, 'running');
    expect((await stage.migrations.end(id)).outcome).toBe('committed');
  }, 120_000);

  test('is refused while the other side runs, and nothing is touched', async () => {
    const source = stage.world.run('edge');
    expect((await end()).outcome).toBe('committed');
    source.journal(source.epoch, 'owing');
    await expect(stage.migrations.resolve('cache', { keep: 'source' })).rejects.toMatchObject({ code: 'other-copy', message: expect.stringMatching(/cloud.*running/) });
    await expect(stage.migrations.resolve('cache', { keep: 'source', forceLost: 'cloud' })).rejects.toMatchObject({ code: 'not-lost' });
    expect(stage.world.log).not.toContain('edge.keep');
    await noRetirement(source);
  }, 60_000);

  test('ends a migration that asks a lost destination for ever', async () => {
    const source = stage.world.run('edge');
    stage.world.faults.meanwhile('cloud.status', () => {
      if (source.state !== 'owing') return;
      removed('cloud');
      silent('cloud');
      throw new UnavailableError('engine-silent', 'no answer');
    });
    const id = await start();
    await until(() => source.state === 'owing' && !at('cloud'));
    expect(await stage.migrations.resolve('cache', { keep: 'source', forceLost: 'cloud' })).toMatchObject({ kept: 'taken-back' });
    answers('cloud');
    expect(await stage.migrations.end(id)).toMatchObject({ outcome: 'resumed' });
  }, 120_000);

  test('ends a migration whose source is lost for ever: a complete copy is committed, nothing is retired', async () => {
    const source = stage.world.run('edge');
    stage.world.faults.meanwhile('edge.step:commit', () => {
      unreachable('edge');
      throw new UnavailableError('engine-silent', 'the host is gone');
    });
    const id = await start({ strategy: 'stop-and-copy' });
    await until(() => stage.world.log.includes('edge.step:commit'));
    expect(await stage.migrations.resolve('cache', { keep: 'destination', forceLost: 'edge' })).toMatchObject({ cluster: 'cloud', kept: 'committed' });
    expect(await stage.migrations.end(id)).toMatchObject({ outcome: 'committed', report: { reason: expect.stringContaining('edge is gone for ever') } });
    expect(source.state).toBe('frozen');
  }, 120_000);

  test('ends a migration whose source is lost for ever while pages are owed: it begins afresh at the destination', async () => {
    stage.world.run('edge');
    stage.world.faults.meanwhile('edge.step:finish', () => {
      unreachable('edge');
      at('cloud').journal(at('cloud').epoch, 'waiting');
      return hang();
    });
    const id = await start();
    await until(() => at('cloud')?.state === 'waiting');
    expect(await stage.migrations.resolve('cache', { keep: 'destination', forceLost: 'edge' })).toMatchObject({ cluster: 'cloud', kept: 'afresh' });
    expect(await stage.migrations.end(id)).toMatchObject({ outcome: 'committed', report: { reason: expect.stringContaining('edge is gone for ever') } });
  }, 120_000);

  test('lets it begin afresh at the destination after the source has lost the pages: the debt is void, and the source is retired', async () => {
    const source = stage.world.run('edge');
    stage.world.faults.meanwhile('edge.step:finish', () => {
      source.alive = false;
      at('cloud').journal(at('cloud').epoch, 'waiting');
      throw new NeedsHumanError('pages-lost', 'its outer container was restarted');
    });
    expect(await end()).toMatchObject({ outcome: 'needs-human', code: 'pages-lost', next: expect.stringContaining('--keep destination') });
    expect(source.state).toBe('owing');
    expect(await stage.migrations.resolve('cache', { keep: 'destination' })).toMatchObject({ cluster: 'cloud', kept: 'afresh' });
    await until(() => !at('edge'));
    expect(stage.world.log).toContain('edge.forget-debt');
    stage.world.faults.lift('edge.step:finish');
    expect((await end({ to: 'edge' })).outcome).toBe('committed');
  }, 120_000);

  test('that was refused may be repeated when nobody looks any more what came of it', async () => {
    const source = stage.world.run('edge');
    stage.world.faults.meanwhile('edge.step:finish', () => {
      unreachable('cloud');
      return hang();
    });
    const id = await start();
    await until(() => stage.world.log.includes('edge.step:finish'));
    stage.world.faults.fail('edge.keep', new RefusedError('busy', 'not now'), 1);
    await expect(stage.migrations.resolve('cache', { keep: 'source', forceLost: 'cloud' })).rejects.toMatchObject({ code: 'busy' });
    const asked = () => stage.world.log.filter((tag) => tag === 'edge.find').length;
    for (let before = -1; before !== asked(); ) {
      before = asked();
      await new Promise((resolve) => setTimeout(resolve, 6_000));
    }
    // What is lost does not run, as the human says.
    removed('cloud');
    expect(await stage.migrations.resolve('cache', { keep: 'source', forceLost: 'cloud' })).toMatchObject({ kept: 'taken-back' });
    expect(source.state).toBe('running');
    expect((await stage.migrations.end(id)).outcome).toBe('resumed');
  }, 180_000);

  test('begins afresh at a destination that waits, when the source is removed', async () => {
    stage.world.run('edge');
    stage.world.faults.fail('edge.step:finish', new MigrationFailedError('pages-missing', 'not all pages are in'));
    const id = await start();
    await until(() => stage.world.log.includes('edge.step:finish'));
    at('cloud').journal(at('cloud').epoch, 'waiting');
    at('cloud').stranded = true;
    expect(await stage.migrations.end(id)).toMatchObject({ outcome: 'needs-human', next: expect.stringContaining('--keep destination') });
    await expect(stage.migrations.resolve('cache', { keep: 'destination' })).rejects.toMatchObject({ code: 'other-copy' });
    removed('edge');
    expect(await stage.migrations.resolve('cache', { keep: 'destination' })).toMatchObject({ cluster: 'cloud', kept: 'afresh' });
    expect(at('cloud').state).toBe('running');
  }, 60_000);

  test('decides anew when a journal has moved on meanwhile', async () => {
    const source = removedWhileOwed();
    expect((await end()).outcome).toBe('needs-human');
    stage.world.faults.meanwhile('edge.keep', () => source.journal(source.epoch, 'running'), 1);
    expect(await stage.migrations.resolve('cache', { keep: 'source' })).toMatchObject({ kept: 'already' });
  }, 60_000);

  test('of a service that never migrated is refused', async () => {
    stage.world.run('edge');
    await expect(stage.migrations.resolve('cache', { keep: 'source' })).rejects.toMatchObject({ code: 'nothing-to-resolve', recovery: 'refuse' });
  }, 30_000);
});
