import { afterEach, describe, expect, test } from '@jest/globals';
import { MigrationFailedError, NeedsHumanError, RefusedError, UnavailableError } from '../../domain/errors';
import type { MigrationRequest } from '../../domain/migration';
import { retireWorkflowId } from '../../domain/names';
import { typeIn } from '../e2e/support/history';
import type { FakeEngine } from '../fakes/engine';
import { useStage } from './support/use-stage';

const stage = useStage();

const start = (over: Partial<MigrationRequest> = {}) => stage.migrations.start({ service: 'cache', to: 'cloud', strategy: 'post-copy', ...over });
const end = async (over: Partial<MigrationRequest> = {}) => stage.migrations.end(await start(over));
const at = (cluster: string) => stage.world.at(cluster, 'cache') as FakeEngine;
const removed = (cluster: string) => stage.world.delete(cluster, at(cluster).outer.id);
const verbs = ['find', 'list', 'deploy', 'status'];
const answers = (cluster: string) => verbs.forEach((verb) => stage.world.faults.lift(`${cluster}.${verb}`));
const silent = (cluster: string) => {
  for (const verb of verbs) stage.world.faults.fail(`${cluster}.${verb}`, new UnavailableError('orchestrator-silent', 'down'));
};
/** The same, noticed without a pause. */
const unreachable = (cluster: string) => {
  for (const verb of verbs) stage.world.faults.fail(`${cluster}.${verb}`, new RefusedError('orchestrator-refused', 'no route'));
};
const until = async (condition: () => boolean | Promise<boolean>) => {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 50));
};

const historyOf = async (id: string) => (await stage.env.client.workflow.getHandle(id).fetchHistory()).events ?? [];

/** Else it might retire what the next test has there. */
const noRetirement = ({ outer, epoch }: FakeEngine) => stage.env.client.workflow.getHandle(retireWorkflowId(outer.id, epoch)).terminate().catch(() => undefined);

const waiting: (() => void)[] = [];
/** A coordinator ends only when nothing is asked of it any more. */
afterEach(() => waiting.splice(0).forEach((release) => release()));

/** The destination is removed while it still fetches pages, which the source waits for. */
const removedWhileOwed = (also: () => void = () => undefined) => {
  const source = stage.world.run('edge');
  stage.world.faults.meanwhile('edge.step:finish', () => {
    if (at('cloud')) also();
    if (at('cloud')) removed('cloud');
    return new Promise<void>((release) => waiting.push(release));
  });
  return source;
};

describe('a destination that is gone while pages are owed to it', () => {
  test('is missed long before the source stops waiting; a human is told of `carryon resolve`', async () => {
    const source = removedWhileOwed();
    const told = await end();
    expect(told).toMatchObject({ outcome: 'needs-human', code: 'destination-gone', next: expect.stringContaining('carryon resolve cache --keep source') });
    expect(source.state).toBe('owing');
  }, 60_000);

  test('is watched by one activity: a debt of days leaves no look in the history', async () => {
    removedWhileOwed(() => undefined);
    const id = await start();
    expect((await stage.migrations.end(id)).outcome).toBe('needs-human');
    const events = await historyOf(id);
    const scheduled = events.map(typeIn);
    expect(scheduled.filter((name) => name === 'awaitLoss')).toHaveLength(1);
    // From then on: before that it may have waited for its turn.
    const watched = events.slice(scheduled.indexOf('awaitLoss'));
    expect(watched.length).toBeGreaterThan(1);
    expect(watched.some(({ timerStartedEventAttributes: timer }) => timer)).toBe(false);
  }, 60_000);

  test('is given up when the request says resume-frozen, and the report says what is lost', async () => {
    const source = removedWhileOwed();
    const told = await end({ onLoss: 'resume-frozen' });
    expect(told).toMatchObject({ outcome: 'resumed', code: 'destination-lost', report: { outcome: 'resumed', from: 'edge' } });
    expect(told.report?.reason).toMatch(/runs at edge from the instant of the freeze.*at cloud since the commit .* is lost/);
    expect(source.state).toBe('running');
  }, 60_000);

  test('is given up only when every other cluster has said that it has no copy', async () => {
    const source = removedWhileOwed(() => silent('home'));
    const id = await start({ onLoss: 'resume-frozen' });
    await until(async () => (await stage.migrations.status(id)).progress?.message.includes('home does not answer') ?? false);
    expect(source.state).toBe('owing');
    answers('home');
    expect((await stage.migrations.end(id)).outcome).toBe('resumed');
    expect(source.state).toBe('running');
  }, 120_000);

  test('is not taken for gone because it is silent', async () => {
    const source = stage.world.run('edge');
    stage.world.faults.meanwhile('edge.step:finish', () => {
      silent('cloud');
      throw new MigrationFailedError('pages-missing', 'not all pages are in');
    }, 1);
    const id = await start({ onLoss: 'resume-frozen' });
    await until(() => stage.world.log.filter((tag) => tag === 'cloud.find').length > 12);
    expect(source.state).toBe('owing');
    answers('cloud');
    expect((await stage.migrations.end(id)).outcome).toBe('committed');
  }, 120_000);
});

test('a destination that has all pages, and whose driver died before it said so, keeps nobody waiting', async () => {
  const source = stage.world.run('edge');
  stage.world.faults.meanwhile('edge.step:finish', () => {
    at('cloud').mark('pages', 'done');
    return new Promise<void>((release) => waiting.push(release));
  });
  expect(await end()).toMatchObject({ outcome: 'committed', report: { reason: expect.stringContaining('cloud has all pages') } });
  await until(() => source.state === 'relaying');
  await noRetirement(source);
}, 60_000);

describe('a source that has lost what it owes', () => {
  const lostPages = (also: () => void, code = 'pages-lost') => {
    const source = stage.world.run('edge');
    stage.world.faults.meanwhile('edge.step:finish', async () => {
      // Whoever watches the destination has had his first look, and the next one is seconds away.
      await new Promise((resolve) => setTimeout(resolve, 1000));
      source.alive = false;
      also();
      throw new NeedsHumanError(code, 'its outer container was restarted');
    });
    return source;
  };

  test('is not missed when all pages had come, though the destination did not say so when it was asked first', async () => {
    lostPages(() => {
      at('cloud').mark('pages', 'done');
      stage.world.faults.fail('cloud.migration', new RefusedError('busy', 'not now'), 1);
    });
    const id = await start();
    expect(await stage.migrations.end(id)).toMatchObject({ outcome: 'committed', report: { reason: expect.stringContaining('cloud has all pages') } });
    // At the cutover, and when it was asked once more.
    expect((await historyOf(id)).map(typeIn).filter((type) => type === 'confirmArrival')).toHaveLength(2);
    await until(() => !at('edge'));
  }, 60_000);

  test('is not offered to a human as a place where the service could go on', async () => {
    lostPages(() => {
      at('cloud').journal(at('cloud').epoch, 'waiting');
      at('cloud').stranded = true;
    });
    const { next, ...told } = await end();
    expect(told).toMatchObject({ outcome: 'needs-human', code: 'pages-lost' });
    expect(next).toContain('--keep destination');
    expect(next).not.toContain('--keep source');
  }, 60_000);

  test.each([['pages-lost', /carryon resolve cache --keep source.*afresh at edge/], ['service-not-found', /carryon run/]])('leaves its files when the destination is gone as well (%s)', async (code, advice) => {
    lostPages(() => removed('cloud'), code);
    expect(await end()).toMatchObject({ outcome: 'needs-human', code, next: expect.stringMatching(advice) });
  }, 60_000);
});

describe('a destination that stands still before pages which nobody fetches any more', () => {
  /** Its driver dies while pages come. */
  const strandedWhileOwed = () => {
    const source = stage.world.run('edge');
    stage.world.faults.meanwhile('edge.step:finish', () => {
      const destination = at('cloud');
      if (destination && source.state === 'owing') {
        destination.journal(destination.epoch, 'waiting');
        destination.stranded = true;
      }
      return new Promise<void>((release) => waiting.push(release));
    });
    return source;
  };

  test('is noticed long before the source stops waiting; a human is told what to choose from', async () => {
    const source = strandedWhileOwed();
    expect(await end()).toMatchObject({ outcome: 'needs-human', code: 'pages-lost', next: expect.stringMatching(/carryon rm cache --cluster cloud --force.*carryon resolve cache --keep source/) });
    expect(source.state).toBe('owing');
    expect(at('cloud').state).toBe('waiting');
  }, 60_000);

  test('makes way for the frozen service when the request says resume-frozen', async () => {
    const source = strandedWhileOwed();
    expect(await end({ onLoss: 'resume-frozen' })).toMatchObject({ outcome: 'resumed', report: { reason: expect.stringContaining('is lost') } });
    expect(source.state).toBe('running');
    expect(at('cloud')).toBeUndefined();
  }, 60_000);

  test('is not what a service is that waits for its link', async () => {
    stage.world.run('edge');
    stage.world.faults.meanwhile('edge.step:finish', () => {
      at('cloud').journal(at('cloud').epoch, 'waiting');
      throw new MigrationFailedError('pages-missing', 'not all pages are in');
    }, 1);
    expect((await end({ onLoss: 'resume-frozen' })).outcome).toBe('committed');
    expect(stage.world.log.filter((tag) => tag === 'edge.step:finish')).toHaveLength(2);
    expect(stage.world.log).not.toContain('cloud.remove');
  }, 60_000);
});

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
      return new Promise<void>((release) => waiting.push(release));
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
      return new Promise<void>((release) => waiting.push(release));
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
