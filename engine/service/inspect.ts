import { RefusedError } from '../../domain/errors';
import type { ServiceFacts } from '../../domain/migration';
import type { OuterSpec, ServiceSpec } from '../../domain/service';
import type { Engine } from '../engine';
import type { Sandbox, SandboxProcess } from '../ports';
import { sessionsAmong } from './beside';
import { diskUsage } from './disk-usage';
import { hostFacts } from './host-facts';
import { memoryOfOne } from './memory';
import { loadSpec } from './spec-file';
import { hasSystemVObjects } from './system-v';
import { tcpConnections } from './tcp-connections';

/** What a plan has to know about the service here. Reads only. */
export async function inspect(engine: Engine): Promise<ServiceFacts> {
  const [spec, view] = await Promise.all([loadSpec(engine.layout.spec), engine.journal.read()]);
  if (!spec) throw new RefusedError('not-running', 'no service was started in this outer container', { next: 'start it first' });
  const sandbox = await engine.sandbox.find();
  const processes = sandbox ? await engine.sandbox.processes(sandbox) : [];
  const [tree, host, fileBytes, imageBytes] = await Promise.all([
    Promise.all(processes.filter((process) => process.inTree).map(measured)),
    hostFacts(engine.layout),
    diskUsage([engine.layout.upper, ...spec.volumes.map((volume) => engine.layout.volume(volume.name))]),
    spec.imageDigest ? engine.images.bytes(spec.imageDigest) : 0,
  ]);
  return {
    spec: outerPart(spec),
    epoch: view.epoch,
    processes: tree,
    memoryBytes: tree.reduce((sum, process) => sum + process.memoryBytes, 0),
    fileBytes,
    imageBytes,
    execSessions: (await sessionsAmong(engine, processes)).map(({ innerPid, comm }) => ({ pid: innerPid, comm })),
    ...(await inSandbox(sandbox, processes)),
    host,
  };
}

async function measured({ pid, innerPid, comm }: SandboxProcess) {
  return { pid: innerPid, comm, memoryBytes: await memoryOfOne(pid) };
}

/** System V objects live in the tree's own IPC namespace after a restore, so the application is asked, not PID 1. */
async function inSandbox(sandbox: Sandbox | undefined, processes: SandboxProcess[]) {
  if (!sandbox) return { tcpConnections: 0, sysvIpc: false };
  const pid = processes.find((process) => process.inTree)?.pid ?? sandbox.pid;
  const [connections, sysvIpc] = await Promise.all([tcpConnections(pid), hasSystemVObjects(pid)]);
  return { tcpConnections: connections, sysvIpc };
}

/** Without environment and command: those may hold secrets and stay with the engine. */
export const outerPart = ({ id, name, image, imageDigest, ports, volumes, memoryBytes, cpus, restart }: ServiceSpec): OuterSpec => ({
  id, name, image, imageDigest, ports, volumes, memoryBytes, cpus, restart,
});
