import { beforeEach, describe, expect, test } from '@jest/globals';
import { createClusterActivities } from '../../../activities';
import { createBearWitness } from '../../../activities/bear-witness';
import { UnavailableError } from '../../../domain/errors';
import type { Ticket } from '../../../domain/migration';
import { dumpManifestOnDisk, journalOnDisk } from '../../../domain/names';
import type { JournalState } from '../../../domain/service';
import { fakeOrchestrator } from '../../fakes/orchestrator';
import { World } from '../../fakes/world';

let world: World;
beforeEach(() => {
  world = new World(['edge', 'cloud']);
});
const activities = (cluster = 'edge') => createClusterActivities({ orchestrator: fakeOrchestrator(cluster, { world }) });
const peer = (cluster: string) => ({ cluster, reach: { host: 'h', apiPort: 1, handoffPort: 2, tunnelPort: 3 }, ca: '', tunnelKey: '' });
const migration = '6b0f1d0e-0000-4000-8000-0000000000aa';
const ticket: Ticket = {
  migration, service: 'cache', epoch: 2, strategy: 'stop-and-copy', source: peer('edge'), destination: peer('cloud'), discardAfterMs: 1, relayForMs: 1, execSessions: 'refuse',
};
const source = (state: JournalState) => {
  const engine = world.run('edge');
  engine.ticket = ticket;
  engine.journal(2, state);
  return engine;
};
const lines = (...states: JournalState[]) => states.map((state) => `${JSON.stringify({ epoch: 2, state, migration, at: '' })}\n`).join('');

describe('a witness', () => {
  test('tells state, role and peer, by name and by the id of the migration', async () => {
    source('handedOff');
    const told = { cluster: 'edge', says: 'here', state: 'handedOff', epoch: 2, asks: false, ticket: { migration, epoch: 2, role: 'source', peer: 'cloud' } };
    expect(await activities().bearWitness({ service: 'cache' })).toMatchObject(told);
    expect(await activities().bearWitness({ service: migration })).toMatchObject(told);
  });

  test('tells apart what is gone from what is stopped, and from what cannot be asked', async () => {
    const engine = source('owing');
    expect(await activities('cloud').bearWitness({ service: 'cache' })).toEqual({ cluster: 'cloud', says: 'gone' });
    engine.up = false;
    expect(await activities().bearWitness({ service: 'cache' })).toMatchObject({ cluster: 'edge', says: 'stopped' });
    world.faults.fail('edge.find', new UnavailableError('orchestrator-silent', 'no answer'), 1);
    await expect(activities().bearWitness({ service: 'cache' })).rejects.toMatchObject({ type: 'orchestrator-silent' });
  });
});

describe('a witness whose engine does not answer', () => {
  const impatient = (service = 'cache') => createBearWitness({ orchestrator: fakeOrchestrator('edge', { world }) }, 100)({ service });

  test.each([
    ['refuses', () => world.faults.fail('edge.status', new UnavailableError('engine-silent', 'no answer'))],
    ['says nothing', () => world.faults.meanwhile('edge.status', () => new Promise(() => undefined))],
  ] as const)('knows that the container runs: nobody may take it for gone (%s)', async (_, breaks) => {
    source('running');
    breaks();
    expect(await impatient()).toMatchObject({ cluster: 'edge', says: 'engine-silent', service: { name: 'cache' } });
  });

  test('is asked again when it is starting', async () => {
    source('owing');
    world.faults.fail('edge.status', new UnavailableError('engine-silent', 'no answer'), 1);
    expect(await activities().bearWitness({ service: 'cache' })).toMatchObject({ says: 'here', state: 'owing' });
  });

  test('holds nobody up who looks for a migration', async () => {
    source('running');
    world.faults.meanwhile('edge.migration', () => new Promise(() => undefined));
    expect(await impatient(migration)).toEqual({ cluster: 'edge', says: 'gone' });
  });
});

test('a service is kept on what was seen, and not on what has changed since', async () => {
  const engine = source('owing');
  const request = { serviceId: 'cache', migration, epoch: 2, asks: false };
  await expect(activities().keepService({ ...request, seen: 'handedOff' })).rejects.toMatchObject({ type: 'changed' });
  expect(await activities().keepService({ ...request, seen: 'owing' })).toEqual({ kept: 'taken-back' });
  expect(engine.state).toBe('running');
});

test('what a human knows of a dump that cannot be restored is told to the engine', async () => {
  const engine = source('frozen');
  const asked: unknown[] = [];
  engine.keep = (request) => {
    asked.push(request);
    return Promise.resolve({ kept: 'afresh' });
  };
  await activities().keepService({ serviceId: 'cache', migration, epoch: 2, seen: 'frozen', asks: true, afresh: true });
  expect(asked).toEqual([{ migration, epoch: 2, seen: 'frozen', asks: true, afresh: true }]);
});

describe('a certificate of death', () => {
  const dead = (journal: string, { dumped = true, up = false } = {}) => {
    const engine = source('frozen');
    engine.up = up;
    engine.files.set(journalOnDisk, journal);
    if (dumped) engine.files.set(dumpManifestOnDisk(2), 'digests');
    return activities().certifyDeath(ticket);
  };

  test.each(['frozen', 'handedOff'] as const)('is given for a container that does not run, whose journal says %s and whose dump is whole', async (state) => {
    expect(await dead(lines('armedS', state))).toEqual({ dead: true, container: world.at('edge', 'cache')?.container });
  });

  test('is not given for one that runs', async () => expect(await dead(lines('armedS', 'frozen'), { up: true })).toMatchObject({ dead: false }));
  test('is not given for one that is paused: it goes on where it was', async () => {
    const paused = source('frozen');
    paused.paused = true;
    paused.up = false;
    paused.files.set(journalOnDisk, lines('armedS', 'frozen')).set(dumpManifestOnDisk(2), 'digests');
    expect(await activities().certifyDeath(ticket)).toMatchObject({ dead: false, why: expect.stringContaining('paused') });
    expect(await activities().inspectOutcome(ticket).catch((error: unknown) => error)).toMatchObject({ type: 'engine-silent' });
  });
  test('is not given when it may have run on since its dump', async () => expect(await dead(lines('armedS', 'frozen'), { dumped: false })).toMatchObject({ dead: false }));
  test.each(['running', 'relaying'] as const)('is not given when its journal says %s', async (state) => expect(await dead(lines('armedS', 'frozen', state))).toMatchObject({ dead: false }));
  test('is not given without its journal', async () => {
    expect(await dead('')).toMatchObject({ dead: false });
    world.delete('edge', world.at('edge', 'cache')?.outer.id ?? '');
    expect(await activities().certifyDeath(ticket)).toMatchObject({ dead: false });
  });
});

test('a dead source is removed without its volumes, and not one that was started again, made anew or paused', async () => {
  const engine = source('frozen');
  const { outer: { id: serviceId }, container } = engine;
  expect(await activities().burySource({ serviceId, container })).toEqual({ buried: false });
  engine.up = false;
  expect(await activities().burySource({ serviceId, container: 'the one before' })).toEqual({ buried: false });
  engine.paused = true;
  expect(await activities().burySource({ serviceId, container })).toEqual({ buried: false });
  engine.paused = false;
  expect(await activities().burySource({ serviceId, container })).toEqual({ buried: true });
  expect(await activities().burySource({ serviceId, container })).toEqual({ buried: true });
  expect(world.log).toContain('edge.remove');
  expect(world.at('edge', 'cache')).toBeUndefined();
});

test('a destination that waits in vain is removed without its volumes, and not one that goes on, or that is stopped', async () => {
  const engine = source('waiting');
  const { outer: { id: serviceId } } = engine;
  const request = { serviceId, epoch: 2 };
  expect(await activities().removeStranded(request)).toEqual({ removed: false });
  engine.stranded = true;
  expect(await activities().removeStranded({ serviceId, epoch: 3 })).toEqual({ removed: false });
  engine.up = false;
  expect(await activities().removeStranded(request)).toEqual({ removed: false });
  engine.up = true;
  expect(await activities().removeStranded(request)).toEqual({ removed: true });
  expect(await activities().removeStranded(request)).toEqual({ removed: true });
  // Its engine ends what is frozen before the orchestrator has to.
  expect(world.log.filter((tag) => /^edge\.(hold|remove)/.test(tag))).toEqual(['edge.hold', 'edge.remove']);
  expect(world.at('edge', 'cache')).toBeUndefined();
});
