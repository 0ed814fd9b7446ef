import type { EngineStatus } from '../../domain/engine';
import type { JournalState } from '../../domain/service';
import type { Engine } from '../engine';
import { relayEpoch } from '../journal/relay-epoch';
import { isLeaving } from '../migration/leaving';
import { hasUnusableDump } from '../migration/own-dump';
import { isQuestionOpen } from '../migration/question';
import { otherSide } from '../migration/tickets';
import { hostFacts } from './host-facts';
import { memoryOf } from './memory';
import { loadSpec } from './spec-file';

/** States in which a migration still goes on. */
const migrating: readonly JournalState[] = ['armedS', 'frozen', 'handedOff', 'owing', 'armedD', 'gated', 'waiting'];

export async function status(engine: Engine): Promise<EngineStatus> {
  const [view, spec, sandbox, host] = await Promise.all([engine.journal.read(), loadSpec(engine.layout.spec), engine.sandbox.find(), hostFacts(engine.layout)]);
  const processes = sandbox ? await engine.sandbox.processes(sandbox) : [];
  const held = migrating.includes(view.state) ? await engine.tickets.at(view.epoch) : undefined;
  const relaysFor = relayEpoch(view);
  return {
    ...(spec && { service: { id: spec.id, name: spec.name } }),
    cluster: engine.cluster,
    state: view.state,
    epoch: view.epoch,
    running: processes.some((process) => process.inTree),
    memoryBytes: await memoryOf(processes.filter((process) => process.inTree).map((process) => process.pid)),
    relayedConnections: await engine.network.relayedConnections(),
    tunnelKey: await engine.network.tunnelKey(),
    ...(relaysFor !== undefined && { relaysFor }),
    ...((await isLeaving(engine)) && { leaving: true }),
    ...((await isQuestionOpen(engine, view.epoch)) && { asks: true }),
    ...(held && (await hasUnusableDump(engine, held)) && { dumpUnusable: true }),
    ...(held && { migration: { id: held.ticket.migration, role: held.role, peer: otherSide(held).cluster } }),
    host,
  };
}
