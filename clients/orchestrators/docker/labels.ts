import { labels } from '../../../domain/names';
import type { OuterContainer } from '../../../domain/orchestrator';
import type { OuterSpec } from '../../../domain/service';
import { readSpec } from '../outer-by';

/** Host ports of one outer container's engine; fixed when it is made, so that they survive a restart. */
export interface EnginePorts {
  api: number;
  handoff: number;
  tunnel: number;
}

/** The specification as JSON: the daemon is where the coordinator finds it again. It holds no secrets. */
const specLabel = 'io.carryon.spec';

export function outerLabels(cluster: string, spec: OuterSpec, ports: EnginePorts): Record<string, string> {
  return {
    [labels.role]: 'outer',
    [labels.cluster]: cluster,
    [labels.service]: spec.id,
    [labels.name]: spec.name,
    [labels.apiPort]: String(ports.api),
    [labels.handoffPort]: String(ports.handoff),
    [labels.tunnelPort]: String(ports.tunnel),
    [specLabel]: JSON.stringify(spec),
  };
}

export const outerFilter = (cluster: string, service?: string) => ({
  label: [`${labels.role}=outer`, `${labels.cluster}=${cluster}`, ...(service ? [`${labels.service}=${service}`] : [])],
});

export interface ListedContainer {
  Id: string;
  Labels: Record<string, string>;
  State: string;
  Status: string;
  Created: number;
}

/** Reads an outer container back; undefined when its labels are not ours or were changed. */
export function readOuter(listed: ListedContainer, reachHost: string): OuterContainer | undefined {
  const spec = readSpec(listed.Labels[specLabel]);
  const [apiPort, handoffPort, tunnelPort] = [labels.apiPort, labels.handoffPort, labels.tunnelPort].map((label) => Number(listed.Labels[label]));
  if (!spec || !apiPort || !handoffPort || !tunnelPort) return undefined;
  const exit = /^Exited \((\d+)\)/.exec(listed.Status)?.[1];
  return {
    id: listed.Id,
    service: { id: spec.id, name: spec.name },
    running: occupied.includes(listed.State),
    ...(exit !== undefined && { exitCode: Number(exit) }),
    createdAt: new Date(listed.Created * 1000).toISOString(),
    reach: { host: reachHost, apiPort, handoffPort, tunnelPort },
    spec,
  };
}

/** What is paused has its processes, and goes on where it was. */
const occupied: readonly string[] = ['running', 'paused'];
