import { z } from 'zod';
import type { Run } from './command';
import { nestedDevice, peerDevice, peerMark, table } from './names';
import { endedFromService, endedToService } from './ruleset';
import type { NetworkState } from './state';

const tuple = z.object({ concat: z.tuple([z.string(), z.number(), z.union([z.string(), z.number()]), z.number()]) });
const wrapped = z.union([tuple, z.object({ elem: z.object({ val: tuple }) }).transform(({ elem }) => elem.val)]);
const mapElement = z.tuple([wrapped, z.union([z.number(), z.string()]).transform(Number)]);
const listing = z.object({ nftables: z.array(z.object({ map: z.object({ elem: z.array(mapElement).default([]) }).optional(), set: z.object({ elem: z.array(wrapped).default([]) }).optional() })) });

export interface Flow {
  /** Other end, as the service sees it. */
  remote: string;
  remotePort: number;
  protocol: string;
  port: number;
  mark: number;
}

/** What nft lists of one object of our table. A container that was made anew has no table yet, whatever its volume remembers: nothing is listed then. */
async function list(run: Run, kind: 'map' | 'set', name: string) {
  const text = await run({ argv: ['nft', '-j', 'list', kind, 'ip', table, name], already: /No such file or directory/ });
  return text === '' ? [] : listing.parse(JSON.parse(text)).nftables;
}

export async function flows(run: Run): Promise<Flow[]> {
  const elements = (await list(run, 'map', 'flows')).flatMap((each) => each.map?.elem ?? []);
  return elements.map(([key, mark]) => ({ ...toFlow(key), mark }));
}

async function keysOf(run: Run, set: string): Promise<Set<string>> {
  return new Set((await list(run, 'set', set)).flatMap((each) => each.set?.elem ?? []).map((key) => flowKey(toFlow(key))));
}

/** Ended in both directions. One that is half-closed still carries what the other end has to say. */
async function over(run: Run): Promise<Set<string>> {
  const [to, from] = [await keysOf(run, endedToService), await keysOf(run, endedFromService)];
  return new Set([...to].filter((key) => from.has(key)));
}

/**
 * TCP connections that this outer container passes on: those that entered here while the service is elsewhere, and other peers' on their way.
 * @param towards Device on which the service is reached. What entered at the very peer behind it has gone home with the service and needs no relay.
 */
export async function relayedConnections(run: Run, towards: string | undefined): Promise<number> {
  if (towards === nestedDevice) return 0;
  const [all, ended] = [await flows(run), await over(run)];
  return all.filter((flow) => isTcp(flow) && !ended.has(flowKey(flow)) && peerDevice(flow.mark - peerMark(0)) !== towards).length;
}

/** nft script that forgets the flows of one peer; empty when there are none. */
export async function forgetPeer(run: Run, state: NetworkState, n: number): Promise<string> {
  if (state.address === undefined) return '';
  const gone = (await flows(run)).filter((flow) => flow.mark === peerMark(n));
  if (gone.length === 0) return '';
  return `delete element ip ${table} flows { ${gone.map(({ remote, remotePort, protocol, port }) => `${remote} . ${remotePort} . ${protocol} . ${port}`).join(', ')} }\n`;
}

const isTcp = (flow: Omit<Flow, 'mark'>) => flow.protocol === 'tcp' || flow.protocol === '6';
const flowKey = (flow: Omit<Flow, 'mark'>) => `${flow.remote} ${flow.remotePort} ${flow.protocol} ${flow.port}`;

function toFlow({ concat: [remote, remotePort, protocol, port] }: z.infer<typeof tuple>): Omit<Flow, 'mark'> {
  return { remote, remotePort, protocol: String(protocol), port };
}
