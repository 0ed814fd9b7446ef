import { describe, expect, test } from '@jest/globals';
import { UnavailableError } from '../../domain/errors';
import { dumpManifestOnDisk, journalOnDisk } from '../../domain/names';
import type { JournalState } from '../../domain/service';
import type { FakeEngine } from '../fakes/engine';
import { useStage } from './support/use-stage';

const stage = useStage();
const at = (cluster: string) => stage.world.at(cluster, 'cache') as FakeEngine;

/** The source's container dies after the restore; its disk says what it was. */
const dies = (disk: JournalState, { dumped = true, begunAgain = false } = {}) => {
  const source = stage.world.run('edge');
  stage.world.faults.meanwhile('edge.step:commit', () => {
    source.up = false;
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

test('a destination that was restarted has nothing that a proof could commit: the source has its dump', async () => {
  const source = dies('frozen');
  stage.world.faults.meanwhile('edge.find', () => {
    if (!source.up) at('cloud').asks = true;
  });
  expect((await migrate()).outcome).toBe('rolled-back');
  expect(stage.world.log).not.toContain('cloud.keep');
  expect(stage.world.log).not.toContain('edge.remove');
  expect(at('edge')).toBe(source);
}, 60_000);
