import type { MigrationRequest } from '../../../domain/migration';
import { planMigration } from '../../../clients/temporal/plan-migration';
import { MigrationFailedError, NeedsHumanError, RefusedError, UnavailableError } from '../../../domain/errors';
import { dumpManifestOnDisk, journalOnDisk, migrationQueueId, resolveWorkflowId, retireWorkflowId } from '../../../domain/names';
import { plannedAtOnce } from '../../../domain/queue';
import { spec } from '../../fakes/facts';
import type { World } from '../../fakes/world';
import type { Stage } from './stage';
import { until } from './until';

export interface Scenario {
  set: (world: World) => void;
  request?: Partial<MigrationRequest>;
  /** What is under way when it is asked for. */
  before?: (stage: Stage) => Promise<unknown>;
  /** What happens while it runs. */
  meanwhile?: (stage: Stage, workflowId: string) => Promise<unknown>;
  /** Other workflows whose histories are kept beside, by their names there: each resolves with the id of one that has ended. */
  also?: Record<string, (stage: Stage) => Promise<string>>;
}

/** Another service's migration takes the one slot, until `edge.sync` is let go. */
export async function fillSlot(stage: Stage): Promise<() => void> {
  stage.policies.cloud!.limits = { migrationsIn: 1, migrationsOut: 1 };
  stage.world.run('edge', { id: '6b0f1d0e-0000-4000-8000-00000000000f', name: 'other', ports: [] });
  let letGo: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (letGo = resolve));
  stage.world.faults.meanwhile('edge.sync', () => held, 1);
  await stage.migrations.start({ service: 'other', to: 'cloud' });
  await until(() => stage.world.log.includes('edge.sync'));
  return letGo;
}

const { id } = spec();

const endOf = async ({ env }: Stage, workflowId: string): Promise<string> => {
  await env.client.workflow.getHandle(workflowId).result();
  return workflowId;
};

/** It ends when nobody waits any more. */
async function queueOf(stage: Stage): Promise<string> {
  await stage.migrations.end('other');
  return endOf(stage, migrationQueueId);
}

/** The source may be gone by then; the destination has the same epoch. */
const retirementOf = (stage: Stage): Promise<string> => endOf(stage, retireWorkflowId(id, stage.world.at('cloud', 'cache')?.epoch ?? 0));

async function planThere({ env }: Stage): Promise<string> {
  const workflowId = 'plan-cache';
  await planMigration(env.client, workflowId, { service: 'cache', to: 'home' });
  return workflowId;
}

/** Of people, once the migration has called them. */
async function resolutionOf(stage: Stage): Promise<string> {
  await stage.migrations.resolve('cache', { keep: 'destination' });
  return endOf(stage, resolveWorkflowId(id));
}

/** The destination's driver dies while pages come. */
function strand(world: World): void {
  world.run('edge');
  world.faults.meanwhile('edge.step:finish', () => {
    const destination = world.at('cloud', 'cache');
    destination?.journal(destination.epoch, 'waiting');
    if (destination) destination.stranded = true;
    throw new UnavailableError('engine-silent', 'pages are awaited');
  });
}

/** The link between the engines is away while pages come. */
function standStill(world: World): void {
  world.run('edge');
  let began = false;
  world.faults.meanwhile('edge.step:finish', () => {
    const destination = world.at('cloud', 'cache');
    if (!began) destination?.journal(destination.epoch, 'waiting');
    began = true;
    if (destination?.state === 'waiting') throw new UnavailableError('engine-silent', 'pages are awaited');
  });
}

async function goOnOnceTold({ world, migrations }: Stage, workflowId: string): Promise<void> {
  const message = async () => (await migrations.status(workflowId)).progress?.message ?? '';
  await until(async () => (await message()).includes('stands still'));
  const destination = world.at('cloud', 'cache');
  destination?.journal(destination.epoch, 'running');
}

/** The source's outer container is restarted while it owes pages. */
function losePages(world: World, also: (world: World) => void): void {
  const source = world.run('edge');
  world.faults.meanwhile('edge.step:finish', () => {
    source.alive = false;
    also(world);
    throw new NeedsHumanError('pages-lost', 'its outer container was restarted');
  });
}

function waitForLostPages(world: World): void {
  losePages(world, () => {
    const destination = world.at('cloud', 'cache');
    destination?.journal(destination.epoch, 'waiting');
    if (destination) destination.stranded = true;
  });
}

/** Not said at the first question, when the source is known to be of no use any more. */
function sayLateThatAllCame(world: World): void {
  losePages(world, () => {
    world.at('cloud', 'cache')?.mark('pages', 'done');
    world.faults.fail('cloud.migration', new RefusedError('busy', 'not now'), 1);
  });
}

async function waitForSlot(stage: Stage): Promise<void> {
  const letGo = await fillSlot(stage);
  setTimeout(letGo, 3000);
}

const others = Array.from({ length: plannedAtOnce }, (_, number) => `other-${number}`);

/** As many as are planned at once are, for some seconds. */
async function fillTurns(stage: Stage): Promise<void> {
  others.forEach((name, number) => stage.world.run('edge', { id: `6b0f1d0e-0000-4000-8000-00000000020${number}`, name, ports: [] }));
  stage.world.faults.meanwhile('edge.inspect', () => new Promise((resolve) => setTimeout(resolve, 3000)), plannedAtOnce);
  await Promise.all(others.map((service) => stage.migrations.start({ service, to: 'cloud' })));
  const looks = () => stage.world.log.filter((tag) => tag === 'edge.inspect').length;
  await until(() => looks() >= plannedAtOnce);
}

const broken = new MigrationFailedError('broken', 'it broke');
const run = (world: World) => world.run('edge');

function failToRollBack(world: World): void {
  world.run('edge');
  world.faults.fail('edge.sync', broken);
  world.faults.fail('edge.step:abort', new NeedsHumanError('thaw-failed', 'the freezer does not answer'));
}

/** One history of each is kept and replayed for ever. */
export const scenarios: Record<string, Scenario> = {
  'post-copy': { set: run, also: { 'retire-source': retirementOf, 'plan-migration': planThere } },
  'stop-and-copy': { set: run, request: { strategy: 'stop-and-copy' } },
  'deployed-goes-along': {
    set: (world) => {
      run(world);
      world.deployed = { edge: { kind: 'Deployment', name: 'web' } };
    },
  },
  'cutover-hooks': {
    set: run,
    before: (stage) => {
      for (const cluster of ['edge', 'cloud']) stage.hook(cluster, { command: ['tell'], timeoutMs: 1000, retries: 0 });
      return Promise.resolve();
    },
  },
  refused: { set: run, request: { to: 'edge' } },
  'rolled-back': {
    set: (world) => {
      world.run('edge');
      world.faults.fail('edge.step:restore', broken);
    },
    request: { strategy: 'stop-and-copy' },
  },
  'gone-in-the-rollback': {
    set: (world) => {
      world.run('edge');
      world.faults.meanwhile('edge.sync', () => {
        world.delete('edge', 'cache', { volumes: false });
        throw new MigrationFailedError('files-lost', 'the container is gone');
      });
    },
  },
  'rollback-failed': { set: failToRollBack },
  'rollback-tells-what-runs': { set: failToRollBack },
  'answer-lost': {
    set: (world) => {
      world.run('edge');
      world.faults.lose('edge.step:handoff', new UnavailableError('engine-silent', 'the connection broke'));
    },
  },
  aborted: {
    set: (world) => {
      world.run('edge');
      world.faults.meanwhile('edge.sync', () => new Promise(() => undefined));
    },
    meanwhile: async (stage, workflowId) => {
      await until(() => stage.world.log.includes('edge.sync'));
      return stage.migrations.abort(workflowId, 'changed my mind');
    },
  },
  queued: { set: run, before: waitForSlot, also: { 'migration-queue': queueOf } },
  'queued-in-turn': { set: run, before: waitForSlot, also: { 'queue-with-places': queueOf } },
  'planned-in-turn': { set: run, also: { 'queue-of-turns': (stage) => endOf(stage, migrationQueueId) } },
  'seen-while-it-waits': { set: run, before: fillTurns, meanwhile: (stage) => Promise.all(others.map((service) => stage.migrations.end(service))) },
  'finish-repeated': {
    set: (world) => {
      world.run('edge');
      world.faults.fail('edge.step:finish', new MigrationFailedError('pages-missing', 'not all pages are in'), 1);
    },
  },
  resumed: {
    set: (world) => {
      world.run('edge');
      world.faults.meanwhile('edge.step:finish', () => {
        world.delete('cloud', world.at('cloud', 'cache')?.outer.id ?? '');
        throw new UnavailableError('engine-silent', 'pages are awaited');
      });
    },
    request: { strategy: 'post-copy', onLoss: 'resume-frozen' },
  },
  standstill: { set: standStill, request: { strategy: 'post-copy' }, meanwhile: goOnOnceTold },
  stranded: { set: strand, request: { strategy: 'post-copy', onLoss: 'resume-frozen' } },
  'pages-lost': { set: waitForLostPages, request: { strategy: 'post-copy' }, also: { 'resolve-service': resolutionOf, 'forget-debt': retirementOf } },
  'debt-asked-again': { set: sayLateThatAllCame, request: { strategy: 'post-copy' } },
  'commit-by-proof': {
    set: (world) => {
      const source = world.run('edge');
      world.faults.meanwhile('edge.step:commit', () => {
        source.up = false;
        source.files.set(journalOnDisk, `${JSON.stringify({ epoch: source.epoch, state: 'frozen', at: '' })}\n`);
        source.files.set(dumpManifestOnDisk(source.epoch), 'digests');
        throw new UnavailableError('engine-silent', 'the connection broke');
      });
    },
    request: { strategy: 'stop-and-copy' },
  },
};
