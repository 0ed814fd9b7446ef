import { cp, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { addressOf } from '../e2e/support/clusters';
import { freezerOf, isFrozen, textOf, type Process } from './oracle/processes';
import type { Outer } from './outer';
import { chaosDirectory } from './settings';
import type { Subject } from './subject';

const kept = ['run/carryon/handoff', 'var/lib/carryon/log', 'var/lib/carryon/journal.ndjson'];
/** Asked in an outer container: what would keep a client from its service. */
const questions = [
  ['nft', 'list', 'ruleset'],
  ['ip', '-details', 'address'],
  ['ip', 'rule'],
  ['ip', 'route', 'show', 'table', 'all'],
  ['ss', '--tcp', '--numeric', '--all', '--processes', '--options', '--info'],
];

/** Logs, journals, processes and network of both sides, and what its clients' machine knows of the connections there, before a service that broke a rule is removed. */
export async function keepEvidence(subject: Subject, id: string, above = path.join(chaosDirectory, 'evidence')): Promise<void> {
  for (const cluster of Object.values(subject.place)) {
    const outer = subject.outer(cluster);
    const init = await outer.init();
    if (init === undefined) continue;
    const directory = path.join(above, id.replaceAll('/', '_'), cluster);
    await mkdir(directory, { recursive: true });
    await writeFile(path.join(directory, 'processes'), await processesOf(outer));
    await writeFile(path.join(directory, 'network'), await networkOf(init));
    await writeFile(path.join(directory, 'clients'), (await execa('ss', ['--tcp', '--numeric', '--all', '--options', '--info', 'dst', addressOf(cluster)], { reject: false, all: true })).all ?? '');
    for (const name of kept) {
      await cp(path.join('/proc', String(init), 'root', name), path.join(directory, path.basename(name)), { recursive: true, filter: (from) => !/ctl\.sock$|images|\.fifo$/.test(from) }).catch(() => undefined);
    }
  }
}

/** A line each: number, state, what it waits for in the kernel, freezer, command. */
async function processesOf(outer: Outer): Promise<string> {
  return (await Promise.all((await outer.processes()).map(line))).join('\n');
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
