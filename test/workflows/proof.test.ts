import { describe, expect, test } from '@jest/globals';
import { MigrationFailedError, RefusedError, UnavailableError } from '../../domain/errors';
import { dumpManifestOnDisk, journalOnDisk } from '../../domain/names';
import type { JournalState } from '../../domain/service';
import type { FakeEngine } from '../fakes/engine';
import { useStage } from './support/use-stage';

const stage = useStage();
const at = (cluster: string) => stage.world.at(cluster, 'cache') as FakeEngine;

/** The source's container dies after the restore; its disk says what it was. */
const dies = (disk: JournalState, { dumped = true, begunAgain = false, restarted = false } = {}) => {
  const source = stage.world.run('edge');
  stage.world.faults.meanwhile('edge.step:commit', () => {
    source.up = false;
    at('cloud').asks = restarted;
    source.journal(source.epoch, disk);
    source.files.set(journalOnDisk, `${JSON.stringify({ epoch: source.epoch, state: disk, at: '' })}\n`);
    if (dumped) source.files.set(dumpManifestOnDisk(source.epoch), 'digests');
    if (begunAgain) stage.world.faults.meanwhile('cloud.keep', () => {
      source.up = true;
      source.journal(source.epoch, 'relaying');
    }, 1);
    throw new UnavailableError('engine-silent', 'the connection broke');
  });
  return source;
};
const migrate = async (strategy: 'stop-and-copy' | 'post-copy' = 'stop-and-copy') => stage.migrations.end(await stage.migrations.start({ service: 'cache', to: 'cloud', strategy }));

describe('a source that dies in the freeze', () => {
  test.each(['frozen', 'handedOff'] as const)('(%s) is committed by proof when the destination has a complete copy, and removed', async (disk) => {
    dies(disk);
    const end = await migrate();
    expect(end).toMatchObject({ outcome: 'committed', report: { reason: expect.stringContaining('died while') } });
    expect(at('cloud').state).toBe('running');
    expect(stage.world.log.indexOf('edge.remove')).toBeGreaterThan(stage.world.log.indexOf('cloud.keep'));
    expect(stage.world.log).not.toContain('cloud.step:discard');
    expect(at('edge')).toBeUndefined();
  }, 60_000);

  test('and is started again in that moment stays as a relay', async () => {
    const source = dies('frozen', { begunAgain: true });
    expect((await migrate()).outcome).toBe('committed');
    expect(source.state).toMatch(/relaying|retired/);
  }, 60_000);

  test('is not committed when it may have run on since its dump: the copy is discarded, and its own disk counts', async () => {
    dies('frozen', { dumped: false });
    const end = await migrate();
    expect(end).toMatchObject({ outcome: 'rolled-back', message: expect.stringContaining('stopped at edge') });
    expect(stage.world.log).not.toContain('cloud.keep');
    expect(at('cloud').state).toBe('discarded');
  }, 60_000);
});

describe('a proof whose way is disturbed', () => {
  test('is committed although the answer to that gets lost', async () => {
    dies('frozen');
    stage.world.faults.lose('cloud.keep', new MigrationFailedError('lost', 'the connection broke'), 1);
    expect(await migrate()).toMatchObject({ outcome: 'committed', report: { reason: expect.stringContaining('died while') } });
    expect(at('cloud').state).toBe('running');
    expect(at('edge')).toBeUndefined();
    expect(stage.world.log).not.toContain('edge.step:finish');
  }, 60_000);

  test('waits for the certificate when nobody can give it now: the complete copy is not discarded', async () => {
    dies('frozen');
    stage.world.faults.fail('edge.file-of', new RefusedError('orchestrator-refused', 'the daemon is busy'), 2);
    expect((await migrate()).outcome).toBe('committed');
    expect(stage.world.log).not.toContain('cloud.step:discard');
  }, 60_000);

  test('waits for a destination that does not answer to it', async () => {
    dies('frozen');
    stage.world.faults.fail('cloud.keep', new UnavailableError('changed', 'the journal was just written'), 1);
    expect((await migrate()).outcome).toBe('committed');
    expect(stage.world.log).not.toContain('cloud.step:discard');
  }, 60_000);

  test('ends in a discard when the destination says that it cannot be committed', async () => {
    dies('frozen');
    stage.world.faults.fail('cloud.keep', new MigrationFailedError('journal', 'the disk is full'));
    expect((await migrate()).outcome).toBe('rolled-back');
    expect(at('cloud').state).toBe('discarded');
  }, 60_000);

  test('is not needed when the commit itself arrived: a source that is dead by then need not finish', async () => {
    dies('handedOff');
    stage.world.faults.meanwhile('edge.find', () => {
      if (!at('edge').up) at('cloud').journal(at('cloud').epoch, 'running');
    });
    stage.world.faults.fail('edge.file-of', new RefusedError('orchestrator-refused', 'the daemon is busy'), 1);
    expect(await migrate()).toMatchObject({ outcome: 'committed', report: { reason: expect.stringContaining('died while') } });
    expect(stage.world.log).not.toContain('cloud.keep');
    expect(at('edge')).toBeUndefined();
  }, 60_000);
});

test('a destination that was restarted has nothing that a proof could commit: the source has its dump', async () => {
  const source = dies('frozen', { restarted: true });
  expect((await migrate()).outcome).toBe('rolled-back');
  expect(stage.world.log).not.toContain('cloud.keep');
  expect(stage.world.log).not.toContain('edge.remove');
  expect(at('edge')).toBe(source);
}, 60_000);
