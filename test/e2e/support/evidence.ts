import { cp, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { labels } from '../../../domain/names';
import { familyOf, freezerOf, isFrozen, textOf, type Process } from '../../chaos/oracle/processes';
import { addressOf, docker } from './clusters';

const kept = ['run/carryon/handoff', 'var/lib/carryon/log', 'var/lib/carryon/journal.ndjson'];
/** Asked in an outer container: what would keep a client from its service. */
const questions = [
  ['nft', 'list', 'ruleset'],
  ['ip', '-details', 'address'],
  ['ip', 'rule'],
  ['ip', 'route', 'show', 'table', 'all'],
  ['ss', '--tcp', '--numeric', '--all', '--processes', '--options', '--info'],
];

/** Logs, journal, processes and network of an outer container, and what its clients' machine knows of the connections there. */
export async function keepOuter(cluster: string, init: number, directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  await writeFile(path.join(directory, 'processes'), await processesOf(init));
  await writeFile(path.join(directory, 'network'), await networkOf(init));
  await writeFile(path.join(directory, 'clients'), (await execa('ss', ['--tcp', '--numeric', '--all', '--options', '--info', 'dst', addressOf(cluster)], { reject: false, all: true })).all ?? '');
  for (const name of kept) {
    await cp(path.join('/proc', String(init), 'root', name), path.join(directory, path.basename(name)), { recursive: true, filter: (from) => !/ctl\.sock$|images|\.fifo$/.test(from) }).catch(() => undefined);
  }
}

/** The same of every outer container that runs at the clusters, each in a directory of its cluster and name. */
export async function keepAll(clusters: readonly string[], directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  await Promise.all(clusters.map(async (cluster) => {
    const ids = (await docker(cluster, 'ps', '--quiet', '--filter', `label=${labels.role}=outer`)).split('\n').filter(Boolean);
    if (ids.length === 0) return;
    const lines = (await docker(cluster, 'inspect', '--format', '{{.State.Pid}} {{.Name}}', ...ids)).split('\n');
    await Promise.all(lines.map((line) => {
      const [pid, name = ''] = line.split(' /');
      return keepOuter(cluster, Number(pid), path.join(directory, cluster, name));
    }));
  }));
}

/** A line each: number, state, what it waits for in the kernel, freezer, command. */
async function processesOf(init: number): Promise<string> {
  return (await Promise.all((await familyOf(init)).map(line))).join('\n');
}

async function line({ pid, comm, command }: Process): Promise<string> {
  const [status, waits, freezer, frozen] = await Promise.all([textOf(`/proc/${pid}/status`), textOf(`/proc/${pid}/wchan`), freezerOf(pid), isFrozen(pid)]);
  return [pid, comm, /^State:\t(.*)$/m.exec(status)?.[1], waits, freezer, frozen ? 'frozen' : 'thawed', command.join(' ')].join('\t');
}

async function networkOf(init: number): Promise<string> {
  const answers = await Promise.all(questions.map(async (question) => {
    const { all } = await execa('nsenter', [`--target=${init}`, '--net', '--mount', ...question], { reject: false, all: true });
    return `# ${question.join(' ')}\n${all ?? ''}`;
  }));
  return answers.join('\n\n');
}
