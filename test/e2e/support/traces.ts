import { execa } from 'execa';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { docker } from './clusters';
import { rootOf } from './outer-files';

/** What a migration might leave behind, by kind. Each line is stable as long as nothing is made or removed. */
export type Traces = Record<string, string[]>;

const lines = (text: string) => text.split('\n').map((line) => line.trim()).filter(Boolean).sort();
/** Numbers are given anew each time a link is made. */
const linkNames = (text: string) => lines(text).map((line) => (line.split(': ')[1] ?? line).replace(/@.*/, '').replace(/^veth.*/, 'veth')).sort();
const output = async (command: string, ...args: string[]) => (await execa(command, args)).stdout;

/** Takes stock of a cluster: containers, volumes, images and their layers, processes of its daemon and in its containers, addresses, routes, packet filter. */
export async function tracesOfCluster(cluster: string): Promise<Traces> {
  const inCluster = (...command: string[]) => output('nsenter', `--net=/run/netns/carryon-${cluster}`, ...command);
  const data = await docker(cluster, 'info', '--format', '{{.DockerRootDir}}');
  return {
    containers: lines(await docker(cluster, 'ps', '-a', '--format', '{{.Names}} {{.State}}')),
    volumes: lines(await docker(cluster, 'volume', 'ls', '-q')),
    // Of the services' volumes; the cluster's images are in one of their own.
    stored: lines(await output('find', path.join(data, 'volumes'), '-path', '*/carryon-*-*/_data/*', '-printf', '%P %y\n')).filter(isKept),
    networks: lines(await docker(cluster, 'network', 'ls', '--format', '{{.Name}}')),
    images: lines(await docker(cluster, 'image', 'ls', '--all', '--quiet', '--no-trunc')),
    layers: (await readdir(path.join(data, 'overlay2'))).map((name) => name.replace(/^[0-9a-f]{64}/, 'ID')).sort(),
    daemon: await commandsOf(lines(await output('ip', 'netns', 'pids', `carryon-${cluster}`))),
    contained: await commandsOf(await pidsInGroup(`/carryon-${cluster}/`)),
    groups: lines(await output('find', '/sys/fs/cgroup', '-type', 'd', '-path', `*/carryon-${cluster}/*`)),
    links: linkNames(await inCluster('ip', '-o', 'link')),
    // Whether any container is linked to the bridge is no matter of the route.
    routes: lines((await inCluster('ip', 'route')).replaceAll(' linkdown', '')),
    filter: lines(await inCluster('iptables-save')).filter((line) => line.startsWith('-A')),
  };
}

/** The place where images are unpacked is made when one is, and swept when an engine starts. What lies in it counts. */
const isKept = (file: string) => !file.endsWith('/scratch d');

/** Takes stock of what of the machine belongs to carryon: mounts, network namespaces, links, temporary files. Other tests may be using the machine, with names of their own. */
export async function tracesOfMachine(): Promise<Traces> {
  return {
    mounts: lines(await output('cut', '-d ', '-f5', '/proc/self/mountinfo')).filter((mount) => mount.includes('carryon') && !/^\/(var\/tmp\/|run\/carryon-test-)/.test(mount)),
    namespaces: lines(await output('ls', '/run/netns')).filter((namespace) => namespace.startsWith('carryon')),
    links: linkNames(await output('ip', '-o', 'link')).filter((link) => link.startsWith('carryon')),
    temporary: lines(await output('ls', tmpdir())).filter((file) => /^(carryon|criu)/.test(file)),
  };
}

/** Takes stock of one outer container: its processes, open files, mounts, network namespaces, packet filter, routes, files. */
export async function tracesOfContainer(cluster: string, container: string): Promise<Traces> {
  const pid = await docker(cluster, 'inspect', '--format', '{{.State.Pid}}', container);
  const root = await rootOf(cluster, container);
  const inside = async (...command: string[]) => lines(await output('nsenter', '--target', pid, '--mount', '--net', '--pid', '--', ...command));
  const files = async (directory: string, ...options: string[]) => lines(await output('find', `${root}${directory}`, '-mindepth', '1', ...options, '-printf', '%P %y\n'));
  return {
    processes: lines(await docker(cluster, 'top', container, '-eo', 'pid,args')).map((line) => line.replace(/^\d+\s+/, '').replace(/handoff\/[0-9a-f-]{36}/, 'handoff/ID')).sort(),
    open: (await Promise.all((await readdir(`/proc/${pid}/fd`)).map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => 'gone')))).map((file) => file.replace(/\d+/, 'N')).sort(),
    mounts: await inside('cut', '-d ', '-f5', '/proc/1/mountinfo'),
    namespaces: await inside('ls', '/run/carryon/netns'),
    filter: await inside('nft', '--terse', '--stateless', 'list', 'ruleset'),
    links: linkNames(await output('nsenter', '--target', pid, '--net', '--', 'ip', '-o', 'link')),
    rules: await inside('ip', 'rule'),
    routes: await inside('ip', 'route', 'show', 'table', 'all'),
    neighbours: await inside('ip', 'neigh', 'show', 'nud', 'permanent'),
    // What the last migration left is removed by the next one: it is there once, under another name.
    run: (await files('/run/carryon')).map((file) => file.replace(/^handoff\/[0-9a-f-]{36}/, 'handoff/ID').replace(/tcp-stream-[0-9a-f]+/, 'tcp-stream-ID')).sort(),
    state: await files('/var/lib/carryon'),
    images: await files('/var/lib/carryon-images', '-maxdepth', '3'),
  };
}

const comm = (pid: string) => readFile(`/proc/${pid}/comm`, 'utf8').then((text) => text.trim(), () => undefined);
const commandsOf = async (pids: readonly string[]) => (await Promise.all(pids.map(comm))).filter((name) => name !== undefined).sort();

async function pidsInGroup(group: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const member = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cgroup`, 'utf8').then((text) => text.includes(group), () => false)));
  return pids.filter((_, index) => member[index]);
}
