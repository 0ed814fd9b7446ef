import { execa } from 'execa';
import { setTimeout as pause } from 'node:timers/promises';
import type { Side } from '../cell';
import type { Kill, Scene } from './scene';

const tableOf = (clusters: readonly string[]) => `bridge carryon_chaos_${[...clusters].sort().join('_')}`;
const clustersOf = ({ outer }: Scene) => Object.values(outer).map(({ cluster }) => cluster);
const briefMs = 2_000;

/** Packets between the two clusters vanish where their uplinks meet; each still reaches clients, and its coordinator. */
export const cutLink = (towards: readonly Side[], forEver: boolean): Kill => async (scene) => {
  await cut(scene, towards);
  const atMs = Date.now();
  const mend = async () => {
    if (!forEver) await pause(briefMs);
    await mendLink(clustersOf(scene));
  };
  return { atMs, mend };
};

async function cut(scene: Scene, towards: readonly Side[]): Promise<void> {
  const { outer } = scene;
  const drops = towards.map((to) => {
    const from = to === 'source' ? 'destination' : 'source';
    return `iifname "${outer[from].cluster}" oifname "${outer[to].cluster}" drop`;
  });
  await nft([`table ${tableOf(clustersOf(scene))} {`, 'chain forward {', 'type filter hook forward priority 0', ...drops, '}', '}'].join('\n'));
}

export const mendLink = (clusters: readonly string[]) => {
  const table = tableOf(clusters);
  return nft(`table ${table} {}\ndelete table ${table}`);
};

const nft = (input: string) => execa('nsenter', ['--net=/run/netns/carryon-wan', 'nft', '-f', '-'], { input }).then(() => undefined);
