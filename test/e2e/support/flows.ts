import { execa } from 'execa';
import { z } from 'zod';
import { docker } from './clusters';

const key = z.object({ concat: z.tuple([z.string(), z.number(), z.union([z.string(), z.number()]), z.number()]) });
const element = z.object({ elem: z.object({ val: key, expires: z.number() }) }).transform(({ elem }) => elem);
const listing = z.object({
  nftables: z.array(z.object({
    map: z.object({ elem: z.array(z.tuple([element, z.unknown()])).default([]) }).optional(),
    set: z.object({ elem: z.array(element).default([]) }).optional(),
  })),
});

/** What an outer container's packet filter remembers of one of the service's connections. */
export interface RememberedFlow {
  /** Address and port of the client, as the service sees them. */
  client: string;
  /** Has seen the connection end. */
  closing: boolean;
  /** When it is forgotten unless it is used. */
  expiresS: number;
}

export async function rememberedFlows(cluster: string, container: string): Promise<RememberedFlow[]> {
  const pid = await docker(cluster, 'inspect', '--format', '{{.State.Pid}}', container);
  const list = async (kind: 'map' | 'set', name: string) => {
    const { stdout } = await execa('nsenter', ['--target', pid, '--mount', '--net', '--', 'nft', '--json', 'list', kind, 'ip', 'carryon', name]);
    return listing.parse(JSON.parse(stdout)).nftables;
  };
  const client = ({ val: { concat } }: z.infer<typeof element>) => `${concat[0]}:${concat[1]}`;
  const closing = new Set((await list('set', 'closing')).flatMap(({ set }) => set?.elem ?? []).map(client));
  const flows = (await list('map', 'flows')).flatMap(({ map }) => map?.elem ?? []);
  return flows.map(([flow]) => ({ client: client(flow), closing: closing.has(client(flow)), expiresS: flow.expires }));
}
