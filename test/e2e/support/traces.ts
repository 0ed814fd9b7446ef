import { execa } from 'execa';
import { docker } from './clusters';

/** What a migration might leave behind, by kind. Each line is stable as long as nothing is made or removed. */
export type Traces = Record<string, string[]>;

const lines = (text: string) => text.split('\n').map((line) => line.trim()).filter(Boolean).sort();

/** Runs a command on the machine in the network namespace of a cluster. */
const inCluster = async (cluster: string, ...command: string[]) => (await execa('nsenter', [`--net=/run/netns/carryon-${cluster}`, ...command])).stdout;

/** Takes stock of a cluster: containers, volumes, processes and mounts of its daemon, addresses, routes, packet filter. */
export async function tracesOfCluster(cluster: string): Promise<Traces> {
  return {
    containers: lines(await docker(cluster, 'ps', '-a', '--format', '{{.Names}} {{.State}}')),
    volumes: lines(await docker(cluster, 'volume', 'ls', '-q')),
    networks: lines(await docker(cluster, 'network', 'ls', '--format', '{{.Name}}')),
    links: lines(await inCluster(cluster, 'ip', '-o', 'link')).map((line) => line.replace(/^\d+: (veth)?[^:]*/, '$1').slice(0, 20)),
    routes: lines(await inCluster(cluster, 'ip', 'route')),
  };
}

/** Takes stock of what of the machine belongs to carryon: mounts, network namespaces, links, temporary files. */
export async function tracesOfMachine(): Promise<Traces> {
  const run = async (command: string, ...args: string[]) => lines((await execa(command, args, { reject: false })).stdout);
  return {
    mounts: (await run('cut', '-d ', '-f5', '/proc/self/mountinfo')).filter((mount) => mount.includes('carryon')),
    namespaces: await run('ls', '/run/netns'),
    links: (await run('ip', '-o', 'link')).map((line) => line.split(': ')[1] ?? line).filter((link) => !link.startsWith('veth')),
    temporary: (await run('ls', '/tmp')).filter((file) => /^(carryon|criu)/.test(file)),
  };
}

/** Takes stock of one outer container: its processes, mounts, network namespaces, packet filter rules, routes, files of /run/carryon. */
export async function tracesOfContainer(cluster: string, container: string): Promise<Traces> {
  const pid = await docker(cluster, 'inspect', '--format', '{{.State.Pid}}', container);
  const inside = async (...command: string[]) => lines((await execa('nsenter', ['--target', pid, '--mount', '--net', '--pid', '--', ...command], { reject: false })).stdout);
  return {
    processes: lines(await docker(cluster, 'top', container, '-eo', 'pid,comm')).map((line) => line.replace(/^\d+\s+/, '')).sort(),
    mounts: (await inside('cut', '-d ', '-f5', '/proc/1/mountinfo')),
    namespaces: await inside('ls', '/run/carryon/netns'),
    // What is remembered of the clients' own connections ends by itself.
    filter: (await inside('nft', '-a', 'list', 'ruleset')).filter((line) => !line.includes(' expires ')).map((line) => line.replace(/# handle \d+|packets \d+ bytes \d+/g, '')),
    rules: await inside('ip', 'rule'),
    routes: await inside('ip', 'route', 'show', 'table', 'all'),
    // The last migration's files may stay, so names are not compared, but their number is.
    run: (await inside('find', '/run/carryon', '-maxdepth', '2')).map((file) => file.replace(/[0-9a-f-]{36}/, 'ID')),
  };
}
