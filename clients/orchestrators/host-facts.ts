import type { EngineClient } from '../../domain/engine';
import type { HostFacts } from '../../domain/migration';
import type { OuterContainer } from '../../domain/orchestrator';
import type { HostProbe } from './host-probe';

type ConnectEngine = (outer: OuterContainer) => EngineClient;

/**
 * From an engine that runs there, which has asked CRIU too; else from a probe, which leaves `criuFeatures` empty: nobody has asked yet.
 * An engine sees no more free memory than its own container's limit leaves, so of those with a limit only the rest is taken.
 */
export async function hostFacts(outers: OuterContainer[], engine: ConnectEngine, probe: () => Promise<HostProbe>): Promise<HostFacts> {
  const running = outers.filter((outer) => outer.running);
  const limited = ({ spec }: OuterContainer) => spec.memoryBytes !== undefined;
  const unlimited = await firstAnswer(running.filter((outer) => !limited(outer)), engine);
  if (unlimited) return unlimited;
  const [told, probed] = await Promise.all([firstAnswer(running.filter(limited), engine), probe().then(factsOf)]);
  return told ? { ...told, freeMemoryBytes: probed.freeMemoryBytes } : probed;
}

/** An engine that does not answer now says nothing about the host; the next one does. */
async function firstAnswer(outers: OuterContainer[], engine: ConnectEngine): Promise<HostFacts | undefined> {
  for (const outer of outers) {
    try {
      return (await engine(outer).status()).host;
    } catch {
      continue;
    }
  }
  return undefined;
}

/** Engines tell the architecture as Node names it. */
const nodeNames: Record<string, string> = { x86_64: 'x64', aarch64: 'arm64' };

export function factsOf(probe: HostProbe): HostFacts {
  const flags = /^(?:flags|Features)\s*:\s*(.*)$/m.exec(probe.cpuinfo)?.[1] ?? '';
  const availableKiB = Number(/^MemAvailable:\s*(\d+) kB$/m.exec(probe.meminfo)?.[1] ?? 0);
  const freeDiskKiB = Number(probe.disk.split('\n').at(-1)?.split(/\s+/)[3] ?? 0);
  return {
    architecture: nodeNames[probe.architecture] ?? probe.architecture,
    kernel: probe.kernel,
    cpuFlags: flags.split(/\s+/).filter(Boolean),
    criuVersion: /^Version:\s*(\S+)/m.exec(probe.criu)?.[1] ?? '',
    criuFeatures: [],
    freeMemoryBytes: availableKiB * 1024,
    freeDiskBytes: freeDiskKiB * 1024,
  };
}
