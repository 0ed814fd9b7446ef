import { describe, expect, test } from '@jest/globals';
import { NeedsHumanError } from '../../domain/errors';
import { useStage } from './support/use-stage';

const stage = useStage();

/** Holds an effect up until it is released. */
function holdAt(tag: string) {
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  let reached: () => void = () => undefined;
  const here = new Promise<void>((resolve) => (reached = resolve));
  stage.world.faults.meanwhile(tag, () => {
    reached();
    return released;
  }, 1);
  return { here, release: () => release() };
}
const start = (over: object = {}) => stage.migrations.start({ service: 'cache', to: 'cloud', ...over });
const handle = (id: string) => stage.env.client.workflow.getHandle(id);

describe('abort', () => {
  test('before commit takes the migration back and answers when the service is known to run at the source', async () => {
    const source = stage.world.run('edge');
    const { here, release } = holdAt('edge.sync');
    const id = await start();
    await here;
    const answer = await stage.migrations.abort(id, 'changed my mind');
    release();
    expect(answer).toEqual({ outcome: 'rolled-back', message: 'the service stays at edge' });
    expect(source.state).toBe('running');
    expect(await stage.migrations.end(id)).toMatchObject({ outcome: 'rolled-back', code: 'aborted', report: { reason: 'aborted: changed my mind' } });
  }, 60_000);

  test('inside the handoff lets the engines decide: here the commit was faster', async () => {
    stage.world.run('edge');
    const { here, release } = holdAt('edge.step:handoff');
    stage.world.faults.meanwhile('edge.step:abort', () => {
      release();
      return new Promise((resolve) => setTimeout(resolve, 300));
    });
    const id = await start();
    await here;
    await expect(stage.migrations.abort(id)).rejects.toMatchObject({ code: 'committed', recovery: 'roll-forward' });
    expect((await stage.migrations.end(id)).outcome).toBe('committed');
  }, 60_000);

  test('after commit is refused at once with code committed, and the migration goes on', async () => {
    stage.world.run('edge');
    const { here, release } = holdAt('edge.step:finish');
    const id = await start();
    await here;
    await expect(stage.migrations.abort(id)).rejects.toMatchObject({ code: 'committed' });
    await handle(id).signal('abort', 'by signal');
    release();
    expect((await stage.migrations.end(id)).outcome).toBe('committed');
  }, 60_000);

  test('by signal takes the migration back too', async () => {
    stage.world.run('edge');
    const { here, release } = holdAt('edge.sync');
    const id = await start();
    await here;
    await handle(id).signal('abort', 'by hand');
    expect(await stage.migrations.end(id)).toMatchObject({ outcome: 'rolled-back', report: { reason: 'aborted: by hand' } });
    release();
  }, 60_000);

  test('of a migration that has ended says so', async () => {
    stage.world.run('edge');
    const id = await start();
    await stage.migrations.end(id);
    await expect(stage.migrations.abort(id)).rejects.toMatchObject({ code: 'not-migrating' });
    await expect(stage.migrations.abort('nothing-like-it')).rejects.toMatchObject({ code: 'migration-not-found' });
  }, 60_000);
});

describe('a cancellation of the workflow', () => {
  test('before commit takes everything back; the workflow ends as cancelled', async () => {
    const source = stage.world.run('edge');
    const { here, release } = holdAt('edge.sync');
    const id = await start();
    await here;
    await handle(id).cancel();
    expect(await stage.migrations.end(id)).toMatchObject({ outcome: 'rolled-back', code: 'cancelled' });
    release();
    expect((await handle(id).describe()).status.name).toBe('CANCELLED');
    expect(source.state).toBe('running');
    expect(stage.world.at('cloud', 'cache')).toBeUndefined();
  }, 60_000);

  test('does not hide that the migration could not be taken back', async () => {
    stage.world.run('edge');
    const { here, release } = holdAt('edge.sync');
    stage.world.faults.fail('edge.step:abort', new NeedsHumanError('thaw-failed', 'the freezer does not answer'));
    const id = await start();
    await here;
    await handle(id).cancel();
    expect(await stage.migrations.end(id)).toMatchObject({ outcome: 'needs-human', code: 'thaw-failed' });
    release();
    expect((await handle(id).describe()).status.name).toBe('FAILED');
  }, 60_000);

  test('after commit changes nothing', async () => {
    stage.world.run('edge');
    const { here, release } = holdAt('edge.step:finish');
    const id = await start();
    await here;
    await handle(id).cancel();
    release();
    expect((await stage.migrations.end(id)).outcome).toBe('committed');
  }, 60_000);
});

test('the status shows bytes that the step under way has told by heartbeat', async () => {
  stage.world.run('edge');
  const { here, release } = holdAt('edge.sync');
  const id = await start();
  await here;
  const running = await stage.migrations.status(id);
  expect(running).toMatchObject({ status: 'RUNNING', progress: { phase: 'pre-dump', message: 'files, pass 1' } });
  expect(running.progress!.totalBytes).toBeGreaterThan(0);
  release();
  await stage.migrations.end(id);
  expect((await stage.migrations.list()).map(({ workflowId }) => workflowId)).toContain(id);
}, 60_000);
