import type { ServiceFacts, Strategy, MigrationPlan } from './migration';

const mib = 1024 ** 2;
const gib = 1024 ** 3;

/**
 * What a migration costs on the measured laboratory (two containers on one host, pages of 4 KiB); a plan says "about".
 * Replace a figure only by a measured one.
 */
export const costs = {
  /** Peer-to-peer copying of files and of a dump, TLS included. */
  transferBytesPerMs: (100 * mib) / 1000,
  /** Writing and reading a digested dump on disk. */
  diskBytesPerMs: (300 * mib) / 1000,
  /** Pages of post-copy that go ahead while the service runs. */
  pageBytesPerMs: (300 * mib) / 1000,
  /** Memory whose debt ends, most of it sent ahead: the slowest median of the bench, Redis under load (a program that counts: 860 MiB/s). */
  debtBytesPerMs: (400 * mib) / 1000,
  /** One activity: schedule, poll, complete. Stop-and-copy has five in the freeze. */
  activityMs: 100,
  frozenActivities: 5,
  /** Post-copy's freeze of one small process: hold, dump of its skeleton, restore, commit. */
  freezeMs: 18,
  /** Walking the page tables of what is mapped. */
  freezeMsPerGib: 45,
  freezeMsPerProcess: 3,
  freezeMsPerConnection: 0.1,
  /** Outer container, certificate, sandbox, tunnel. */
  prepareMs: 4000,
} as const;

export function predict(facts: ServiceFacts, strategy: Strategy, imagePresent: boolean, bytesPerSecond = Infinity): MigrationPlan['predicted'] {
  const limited = (bytesPerMs: number) => Math.min(bytesPerMs, bytesPerSecond / 1000);
  const files = facts.fileBytes + (imagePresent ? 0 : facts.imageBytes);
  const before = costs.prepareMs + files / limited(costs.transferBytesPerMs);
  const frozen = frozenMs(facts);
  const exposedBytes = strategy === 'post-copy' ? facts.memoryBytes : 0;
  const ahead = exposedBytes / limited(costs.pageBytesPerMs);
  const exposure = exposedBytes / costs.debtBytesPerMs;
  const downtime =
    strategy === 'post-copy'
      ? frozen
      : frozen + costs.activityMs * costs.frozenActivities + facts.memoryBytes / costs.transferBytesPerMs + (2 * facts.memoryBytes) / costs.diskBytesPerMs;
  return {
    migrationMs: Math.round(before + ahead + downtime + exposure),
    downtimeMs: Math.round(downtime),
    bytes: files + facts.memoryBytes,
    exposureMs: Math.round(exposure),
    exposedBytes,
  };
}

function frozenMs(facts: ServiceFacts): number {
  const processes = Math.max(0, facts.processes.length - 1);
  return (
    costs.freezeMs +
    costs.freezeMsPerGib * (facts.memoryBytes / gib) +
    costs.freezeMsPerProcess * processes +
    costs.freezeMsPerConnection * facts.tcpConnections
  );
}
