import { beforeEach, describe, expect, test } from '@jest/globals';
import type { App } from '../../../cli/app';
import { describe as describeRow } from '../../../cli/commands/ps';
import type { Observation } from '../../../cli/service/observe';
import { takeFromMigration } from '../../../cli/service/take-from-migration';
import type { Orchestrator } from '../../../domain/orchestrator';
import type { Ticket } from '../../../domain/migration';
import { fakeOrchestrator } from '../../fakes/orchestrator';
import { World } from '../../fakes/world';

let world: World;
beforeEach(() => {
  world = new World(['edge', 'cloud']);
  world.run('edge');
  world.create('cloud', world.at('edge', 'cache')!.outer);
});

const orchestrator = (cluster: string): Orchestrator => fakeOrchestrator(cluster, { world });
const app = { config: { clusters: [{ id: 'edge' }, { id: 'cloud' }] }, orchestrator } as unknown as App;
const engine = (cluster: string) => world.at(cluster, 'cache')!;

async function seen(cluster: string): Promise<Observation> {
  const outer = (await orchestrator(cluster).find('cache'))!;
  const status = await engine(cluster).status();
  const peer = cluster === 'edge' ? 'cloud' : 'edge';
  const migration = status.migration && { ...status.migration, peer };
  return { orchestrator: orchestrator(cluster), outer, status: { ...status, migration, ...(migration && { holder: { kind: 'migration', migration: migration.id, epoch: status.epoch, peer } }) } };
}

const ticket: Ticket = {
  migration: 'the-migration', service: '6b0f1d0e-0000-4000-8000-000000000001', epoch: 2, strategy: 'post-copy', discardAfterMs: 1000, relayForMs: 0, execSessions: 'refuse',
  source: { cluster: 'edge', ca: '', tunnelKey: '', reach: { host: '', apiPort: 1, handoffPort: 2, tunnelPort: 3 } },
  destination: { cluster: 'cloud', ca: '', tunnelKey: '', reach: { host: '', apiPort: 1, handoffPort: 2, tunnelPort: 3 } },
};
const arm = async () => {
  await engine('edge').prepare({ ticket, role: 'source' });
  await engine('cloud').prepare({ ticket, role: 'destination' });
};

describe('rm --force of a service that a migration holds', () => {
  test('takes it back first, as long as it is not committed', async () => {
    await arm();
    await takeFromMigration(app, await seen('edge'));
    expect(engine('edge').state).toBe('running');
    expect(world.log).toContain('edge.step:abort');
  });

  test('discards an arrival first', async () => {
    await arm();
    await takeFromMigration(app, await seen('cloud'));
    expect(engine('cloud').state).toBe('discarded');
  });

  test('is refused in doubt, naming who holds it: no copy may be lost on a guess', async () => {
    await arm();
    engine('edge').journal(2, 'handedOff');
    await expect(takeFromMigration(app, await seen('edge'))).rejects.toMatchObject({
      code: 'already-migrating',
      message: expect.stringMatching(/held by migration the-migration \(epoch 2, with cloud\).*a commit was sent/),
      next: expect.stringContaining('carryon status cache'),
    });
    expect(engine('edge').state).toBe('handedOff');
  });

  test('is refused while the destination still fetches memory, and when it cannot be asked', async () => {
    await arm();
    await engine('edge').step('handoff');
    await expect(takeFromMigration(app, await seen('edge'))).rejects.toMatchObject({ message: expect.stringContaining('still owes it memory') });
    const before = await seen('edge');
    engine('cloud').up = false;
    await expect(takeFromMigration(app, before)).rejects.toMatchObject({ next: expect.stringContaining('gone for good') });
  });

  test('goes on where the memory is of no use any more', async () => {
    await arm();
    await engine('edge').step('handoff');
    const owing = await seen('edge');
    engine('cloud').journal(2, 'waiting');
    // Its link may come back.
    await expect(takeFromMigration(app, owing)).rejects.toMatchObject({ code: 'already-migrating' });
    engine('cloud').stranded = true;
    await expect(takeFromMigration(app, owing)).resolves.toBeUndefined();
    world.delete('cloud', ticket.service);
    await expect(takeFromMigration(app, owing)).resolves.toBeUndefined();
  });

  test('asks nothing of an engine that no migration holds', async () => {
    await takeFromMigration(app, await seen('edge'));
    expect(world.log.filter((tag) => tag.includes('step'))).toEqual([]);
  });
});

test('ps tells who holds a service', async () => {
  await arm();
  expect(describeRow(await seen('edge')).holder).toEqual({ kind: 'migration', migration: 'the-migration', epoch: 2, peer: 'cloud' });
});
