import { mkdir } from 'node:fs/promises';
import { MigrationFailedError, RefusedError, UnavailableError } from '../../domain/errors';
import type { ServiceSpec } from '../../domain/service';
import { parseSpec } from '../api/schemas';
import type { Engine } from '../engine';
import type { ClockOffset } from '../ports';
import { saveSpec } from '../service/spec-file';
import { clockOffsetFrom } from './clock';
import { driverConfig, type IpcMode } from './driver-config';
import { ipcModeFrom } from './ipc-mode';
import { isNotYet } from './peer-readiness';
import { isQuestionOpen } from './question';
import { otherSide, type HeldTicket } from './tickets';

/**
 * Specification and image from the peer, then network behind the fence, sandbox and driver. Returns at once when the source has not
 * taken the ticket yet: it asks for completion when it has.
 */
export async function prepareDestination(engine: Engine, held: HeldTicket): Promise<void> {
  // The driver is started last: where it lives all is made.
  if (await engine.drivers.alive(engine.layout.handoff(held.ticket.migration))) return;
  await insistOnNoQuestion(engine, held);
  const spec = await specFromPeer(engine, held);
  if (!spec) return;
  await fetchImage(engine, held, spec);
  await stillArmed(engine, held);
  await saveSpec(engine.layout.spec, spec);
  const netns = await engine.network.setUpNested(spec);
  await engine.network.fence();
  await engine.network.tunnelKey();
  await engine.network.addPeer(held.ticket, held.role);
  const peer = engine.peer(held.ticket, held.role);
  const [clock, ipc] = await Promise.all([clockOffsetFrom(peer), ipcModeFrom(peer)]);
  // Waiting for the peer may have taken until after a newer ticket: looked at in the turn, in which no other can come.
  await engine.turn(async () => {
    await stillArmed(engine, held);
    await insistOnNoQuestion(engine, held);
    await startDestinationDriver(engine, held, { spec, netns, clock, ipc });
  });
}

async function specFromPeer(engine: Engine, { ticket, role }: HeldTicket): Promise<ServiceSpec | undefined> {
  try {
    const spec = parseSpec(await engine.peer(ticket, role).get('/v1/peer/spec'));
    if (spec.id !== ticket.service) throw new RefusedError('wrong-service', `the peer has service ${spec.id}, not ${ticket.service}`);
    return mountedHere(engine, spec);
  } catch (error) {
    if (isNotYet(error)) return undefined;
    throw error;
  }
}

/** What is the cluster's own is found by where the application sees it. */
function mountedHere({ localVolumes }: Engine, spec: ServiceSpec): ServiceSpec {
  if (!spec.localVolumes) return spec;
  return { ...spec, localVolumes: spec.localVolumes.map((volume) => ({ ...volume, name: localVolumes.find(({ path }) => path === volume.path)?.name ?? volume.name })) };
}

async function fetchImage(engine: Engine, { ticket, role }: HeldTicket, spec: ServiceSpec): Promise<void> {
  if (!spec.imageDigest) throw new MigrationFailedError('image-missing', 'the peer does not know the digest of the image');
  if (!(await engine.images.has(spec.imageDigest))) await engine.images.fetch(engine.peer(ticket, role), spec.imageDigest);
}

interface Arrival {
  spec: ServiceSpec;
  netns: string;
  clock: ClockOffset;
  ipc: IpcMode;
}

async function startDestinationDriver(engine: Engine, held: HeldTicket, { spec, netns, clock, ipc }: Arrival): Promise<void> {
  const dir = engine.layout.handoff(held.ticket.migration);
  // A fresh sandbox per arrival: PIDs and clocks are set once.
  await engine.sandbox.destroy();
  await makeDirectories(engine, spec);
  const sandbox = await engine.sandbox.make({ mode: 'adopt', spec, netns, clock });
  const network = await engine.network.driverKeys(held.ticket, held.role, spec);
  const config = driverConfig({ held, spec, sandbox, layout: engine.layout, network, ipc });
  await engine.drivers.ensure('destination', dir, config, otherSide(held).ca);
}

async function makeDirectories({ layout }: Engine, spec: ServiceSpec): Promise<void> {
  const volumes = spec.volumes.map((volume) => layout.volume(volume.name));
  await Promise.all([layout.upper, layout.work, layout.logs, ...volumes].map((path) => mkdir(path, { recursive: true })));
}

/** The source may take our question for the end of this arrival: nothing is restored before it has answered. */
async function insistOnNoQuestion(engine: Engine, { ticket }: HeldTicket): Promise<void> {
  if (!(await isQuestionOpen(engine, ticket.epoch))) return;
  throw new UnavailableError('asking', `this outer container was restarted while migration ${ticket.migration} was prepared, and asks the source what became of it`, {
    next: 'wait for the answer; then migrate again',
  });
}

/** A discard may come while an image is on its way: then nothing more is made. */
async function stillArmed(engine: Engine, { ticket }: HeldTicket): Promise<void> {
  const view = await engine.journal.read();
  if (view.epoch === ticket.epoch && view.state === 'armedD') return;
  throw new MigrationFailedError('discarded', `migration ${ticket.migration} was discarded while it was prepared`);
}
