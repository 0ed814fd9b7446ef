import type { EngineStatus } from '../../domain/engine';
import { migrating, type Holder } from '../../domain/holder';
import type { Engine } from '../engine';
import { relayEpoch } from '../journal/relay-epoch';
import { isLeaving } from '../migration/leaving';
import { hasUnusableDump } from '../migration/own-dump';
import { isQuestionOpen } from '../migration/question';
import { isStranded } from '../migration/stranded';
import { otherSide, type HeldTicket } from '../migration/tickets';
import type { SandboxProcess } from '../ports';
import { sessionsAmong } from './beside';
import { heldBy } from './hold';
import { hostFacts } from './host-facts';
import { startedIn } from './launch';
import { memoryOf } from './memory';
import { hasForgotten } from './relay-forgot';
import { loadSpec } from './spec-file';

export async function status(engine: Engine): Promise<EngineStatus> {
  const [view, spec, sandbox, host] = await Promise.all([engine.journal.read(), loadSpec(engine.layout.spec), engine.sandbox.find(), hostFacts(engine.layout)]);
  const processes = sandbox ? await engine.sandbox.processes(sandbox) : [];
  const held = migrating.includes(view.state) ? await engine.tickets.at(view.epoch) : undefined;
  const relaysFor = relayEpoch(view);
  const started = await startedIn(engine);
  const holder = await holderOf(engine, view.epoch, held, processes);
  return {
    ...(spec && { service: { id: spec.id, name: spec.name } }),
    cluster: engine.cluster,
    state: view.state,
    epoch: view.epoch,
    running: processes.some((process) => process.inTree),
    memoryBytes: await memoryOf(processes.filter((process) => process.inTree).map((process) => process.pid)),
    relayedConnections: await engine.network.relayedConnections(),
    tunnelKey: await engine.network.tunnelKey(),
    ...((await hasForgotten(engine, relaysFor)) && { relayForgot: true }),
    ...(relaysFor !== undefined && { relaysFor }),
    ...(started !== undefined && { startedIn: started }),
    ...((await isLeaving(engine)) && { leaving: true }),
    ...(holder && { holder }),
    ...((await isQuestionOpen(engine, view.epoch)) && { asks: true }),
    ...(held && (await isStranded(engine, view, held)) && { stranded: true }),
    ...(held && (await hasUnusableDump(engine, held)) && { dumpUnusable: true }),
    ...(held && { migration: { id: held.ticket.migration, role: held.role, peer: otherSide(held).cluster } }),
    host,
  };
}

async function holderOf(engine: Engine, epoch: number, held: HeldTicket | undefined, processes: SandboxProcess[]): Promise<Holder | undefined> {
  if (held) return { kind: 'migration', migration: held.ticket.migration, epoch, peer: otherSide(held).cluster };
  const command = (await heldBy(engine)) ?? ((await sessionsAmong(engine, processes)).length > 0 ? 'exec' : undefined);
  return command && { kind: 'command', command, epoch };
}
