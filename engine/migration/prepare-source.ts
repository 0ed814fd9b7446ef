import { MigrationFailedError } from '../../domain/errors';
import type { Engine } from '../engine';
import { loadSpec } from '../service/spec-file';
import { driverConfig } from './driver-config';
import { ipcModeAtSource } from './ipc-mode';
import { completeDestination } from './peer-readiness';
import { otherSide, type HeldTicket } from './tickets';

/** Tunnel and driver; then the destination, when it is armed already, is told to complete itself. The service runs on untouched. */
export async function prepareSource(engine: Engine, held: HeldTicket): Promise<void> {
  if (!(await engine.drivers.alive(engine.layout.handoff(held.ticket.migration)))) {
    await engine.network.addPeer(held.ticket, held.role);
    await ensureSourceDriver(engine, held);
  }
  await completeDestination(engine, held);
}

/** Also after the driver's death before the freeze, and after a restart of the engine. */
export async function ensureSourceDriver(engine: Engine, held: HeldTicket): Promise<void> {
  const dir = engine.layout.handoff(held.ticket.migration);
  if (await engine.drivers.alive(dir)) return;
  const [spec, sandbox] = await Promise.all([loadSpec(engine.layout.spec), engine.sandbox.find()]);
  if (!spec || !sandbox) throw new MigrationFailedError('not-running', 'the application has ended', { next: 'start the service again' });
  const network = await engine.network.driverKeys(held.ticket, held.role, spec);
  const ipc = await ipcModeAtSource(engine, held);
  const config = driverConfig({ held, spec, sandbox, layout: engine.layout, network, ipc });
  await engine.drivers.ensure('source', dir, config, otherSide(held).ca);
}
