import { describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { OuterSpec } from '../../domain/service';
import { useStage } from './support/use-stage';

const stage = useStage();

const verbs = (pattern: RegExp) => stage.world.log.filter((tag) => pattern.test(tag));

describe('migrateService', () => {
  test('moves a service by post-copy and reports the measured downtime', async () => {
    const source = stage.world.run('edge');
    const end = await stage.migrations.end(await stage.migrations.start({ service: 'cache', to: 'cloud', relayForMs: 0 }));
    expect(end).toMatchObject({ outcome: 'committed', report: { from: 'edge', to: 'cloud', strategy: 'post-copy', downtimeMs: 25, bytesSent: 4_006_000 } });
    expect(stage.world.at('cloud', 'cache')?.state).toBe('running');
    expect(['relaying', 'retired']).toContain(source.state);
    expect(verbs(/step/)).toEqual(['edge.step:handoff', 'edge.step:finish']);
  }, 60_000);

  test('reports how long post-copy was owed memory, and of how much', async () => {
    stage.world.run('edge').facts = { memoryBytes: 2 ** 30 };
    const { report } = await stage.migrations.end(await stage.migrations.start({ service: 'cache', to: 'cloud' }));
    expect(report?.window).toEqual({ ms: expect.any(Number) as unknown, owedBytes: 2 ** 30, msPerGib: report?.window?.ms });
    expect((await stage.migrations.end(await stage.migrations.start({ service: 'cache', to: 'edge', safety: 'strict' }))).report).not.toHaveProperty('window');
  }, 60_000);

  test('leaves no memory at the source where a cluster wants it strict, whatever is asked', async () => {
    stage.world.run('edge');
    stage.policies.cloud!.safety = 'strict';
    const plan = await stage.migrations.plan({ service: 'cache', to: 'cloud', safety: 'normal' });
    expect(plan.reasons.join(' ')).toContain('set at cloud; a request cannot loosen it');
    const refused = await stage.migrations.end(await stage.migrations.start({ service: 'cache', to: 'cloud', strategy: 'post-copy' }));
    expect(refused).toMatchObject({ outcome: 'refused', code: 'strategy-impossible' });
    const end = await stage.migrations.end(await stage.migrations.start({ service: 'cache', to: 'cloud' }));
    expect(end).toMatchObject({ outcome: 'committed', report: { strategy: 'stop-and-copy' } });
  }, 60_000);

  test('moves a service by stop-and-copy, each step an activity of its own', async () => {
    stage.world.run('edge');
    const end = await stage.migrations.end(await stage.migrations.start({ service: 'cache', to: 'cloud', strategy: 'stop-and-copy' }));
    expect(end).toMatchObject({ outcome: 'committed', report: { strategy: 'stop-and-copy', bytesSent: 4_006_000 } });
    expect(verbs(/step/)).toEqual(['freeze', 'final-dump', 'transfer', 'restore', 'commit', 'finish'].map((verb) => `edge.step:${verb}`));
    expect(end.report?.steps.map(({ name }) => name)).toEqual(expect.arrayContaining(['arm edge', 'arm cloud', 'files, pass 1', 'files, pass 2', 'restore']));
  }, 60_000);

  test('arms both engines with one ticket above every epoch they know', async () => {
    stage.world.run('edge').journal(4, 'running');
    const old = stage.world.run('cloud');
    old.journal(7, 'discarded');
    await stage.migrations.end(await stage.migrations.start({ service: 'cache', to: 'cloud' }));
    expect(old.ticket).toMatchObject({ epoch: 8, source: { cluster: 'edge', tunnelKey: 'key-of-edge', ca: 'CA of edge' }, destination: { cluster: 'cloud' } });
    expect(stage.world.at('edge', 'cache')?.ticket).toEqual(old.ticket);
  }, 60_000);

  test('takes along what its user has deployed, where nothing of the service is yet', async () => {
    stage.world.run('edge').relayed = 1;
    stage.world.deployed = { edge: { kind: 'Deployment', name: 'web' }, cloud: { kind: 'Deployment', name: 'web' } };
    const hop = async (to: string) => (await stage.migrations.end(await stage.migrations.start({ service: 'cache', to }))).outcome;
    expect((await stage.migrations.plan({ service: 'cache', to: 'cloud' })).reasons).toContain('the Deployment web goes along to cloud');
    expect(await hop('cloud')).toBe('committed');
    expect(stage.world.broughtAlong).toEqual(['web for cloud']);
    expect((await stage.migrations.plan({ service: 'cache', to: 'edge' })).reasons.join()).not.toContain('web');
    expect(await hop('edge')).toBe('committed');
    expect(stage.world.broughtAlong).toEqual(['web for cloud']);
  }, 60_000);

  test('moves on to a third cluster and home again while the relays stand', async () => {
    stage.world.run('edge').relayed = 1;
    const hop = async (to: string) => (await stage.migrations.end(await stage.migrations.start({ service: 'cache', to }))).outcome;
    expect(await hop('cloud')).toBe('committed');
    stage.world.at('cloud', 'cache')!.relayed = 1;
    expect(await hop('home')).toBe('committed');
    expect(await hop('edge')).toBe('committed');
    expect(stage.world.at('edge', 'cache')?.state).toBe('running');
  }, 60_000);

  test('can be started by hand under any workflow id', async () => {
    stage.world.run('edge');
    const result: unknown = await stage.env.client.workflow.execute('migrateService', {
      workflowId: randomUUID(),
      taskQueue: 'carryon',
      args: [{ service: 'cache', to: 'cloud' }],
    });
    expect(result).toMatchObject({ outcome: 'committed' });
  }, 60_000);

  test('tells what goes on by search attributes and by query', async () => {
    stage.world.run('edge');
    const id = await stage.migrations.start({ service: 'cache', to: 'cloud' });
    await stage.migrations.end(id);
    const { typedSearchAttributes } = await stage.env.client.workflow.getHandle(id).describe();
    const told = Object.fromEntries(typedSearchAttributes.getAll().map(({ key, value }) => [key.name, value]));
    expect(told).toMatchObject({ CarryonService: 'cache', CarryonSource: 'edge', CarryonDestination: 'cloud', CarryonStrategy: 'post-copy', CarryonPhase: 'done' });
    expect((await stage.migrations.status('cache')).progress).toMatchObject({ phase: 'done', message: 'committed' });
  }, 60_000);

  test('keeps the environment of a service out of the history', async () => {
    stage.world.run('edge', { env: { PASSWORD: 'hunter2' } } as Partial<OuterSpec>);
    const id = await stage.migrations.start({ service: 'cache', to: 'cloud' });
    await stage.migrations.end(id);
    const told = payloadTexts(await stage.env.client.workflow.getHandle(id).fetchHistory()).join('\n');
    expect(told).toContain('redis:7');
    expect(told).not.toContain('hunter2');
  }, 60_000);
});

/** All payloads of a history, decoded. */
function payloadTexts(value: unknown): string[] {
  if (value instanceof Uint8Array) return [Buffer.from(value).toString()];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(payloadTexts);
}
