import { describe, expect, test } from '@jest/globals';
import { MigrationFailedError, NeedsHumanError, RefusedError } from '../../domain/errors';
import { typeIn } from '../e2e/support/history';
import { useLosses } from './support/losses';
import { until } from './support/until';
import { useStage } from './support/use-stage';

const stage = useStage();
const { start, end, at, removed, hang, silent, answers, removedWhileOwed, noRetirement } = useLosses(stage);
const historyOf = async (id: string) => (await stage.env.client.workflow.getHandle(id).fetchHistory()).events ?? [];

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

  test('is waited for when only the link is away: whoever looks is told that the service stands still, and what to do', async () => {
    stage.world.run('edge');
    stage.world.faults.meanwhile('edge.step:finish', () => {
      at('cloud').journal(at('cloud').epoch, 'waiting');
      return hang();
    });
    const id = await start();
    const message = async () => (await stage.migrations.status(id)).progress?.message ?? '';
    await until(async () => /stands still at cloud.*carryon resolve cache --keep source/.test(await message()));
    at('cloud').journal(at('cloud').epoch, 'running');
    await until(async () => (await message()) === 'wait for the remaining pages');
    at('cloud').mark('pages', 'done');
    expect((await stage.migrations.end(id)).outcome).toBe('committed');
    await noRetirement(at('edge'));
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
    return hang();
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
      return hang();
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
