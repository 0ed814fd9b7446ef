import { z } from 'zod';
import type { Run } from './command';
import { nestedDevice, peerDevice, peerMark, table } from './names';
import { endedFromService, endedToService } from './ruleset';
import type { NetworkState } from './state';

const tuple = z.object({ concat: z.tuple([z.string(), z.number(), z.union([z.string(), z.number()]), z.number()]) });
const wrapped = z.union([tuple, z.object({ elem: z.object({ val: tuple }) }).transform(({ elem }) => elem.val)]);
const mapElement = z.tuple([wrapped, z.union([z.number(), z.string()]).transform(Number)]);
const object = z.object({ name: z.string(), elem: z.array(z.unknown()).default([]) });
const listing = z.object({ nftables: z.array(z.object({ map: object.optional(), set: object.optional() })) });

export interface Flow {
  /** Other end, as the service sees it. */
  remote: string;
  remotePort: number;
  protocol: string;
  port: number;
  mark: number;
}

/**
 * Elements of the maps and sets of our table, by their names: by one question, as each costs a process. A container that was made anew has no table yet,
 * whatever its volume remembers: nothing is listed then.
 */
async function list(run: Run): Promise<Map<string, unknown[]>> {
  const text = await run({ argv: ['nft', '-j', 'list', 'table', 'ip', table], already: /No such file or directory/ });
  const objects = text === '' ? [] : listing.parse(JSON.parse(text)).nftables.flatMap(({ map, set }) => map ?? set ?? []);
  return new Map(objects.map(({ name, elem }) => [name, elem]));
}

const flowsIn = (listed: Map<string, unknown[]>): Flow[] => z.array(mapElement).parse(listed.get('flows') ?? []).map(([key, mark]) => ({ ...toFlow(key), mark }));
const keysIn = (listed: Map<string, unknown[]>, set: string) => z.array(wrapped).parse(listed.get(set) ?? []).map((key) => flowKey(toFlow(key)));

export const flows = async (run: Run): Promise<Flow[]> => flowsIn(await list(run));

/** Ended in both directions. One that is half-closed still carries what the other end has to say. */
function over(listed: Map<string, unknown[]>): Set<string> {
  const from = new Set(keysIn(listed, endedFromService));
  return new Set(keysIn(listed, endedToService).filter((key) => from.has(key)));
}

/**
 * TCP connections that this outer container passes on: those that entered here while the service is elsewhere, and other peers' on their way.
 * @param towards Device on which the service is reached. What entered at the very peer behind it has gone home with the service and needs no relay.
 */
export async function relayedConnections(run: Run, towards: string | undefined): Promise<number> {
  if (towards === nestedDevice) return 0;
  const listed = await list(run);
  const ended = over(listed);
  return flowsIn(listed).filter((flow) => isTcp(flow) && !ended.has(flowKey(flow)) && peerDevice(flow.mark - peerMark(0)) !== towards).length;
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
