import { join } from 'node:path';
import { arrivesMark } from '../domain/names';

export interface Roots {
  /** Volume of this service. */
  state: string;
  /** Volume shared by the outer containers of a cluster. */
  images: string;
  /** tmpfs of this container. */
  run: string;
  /** Native programs and CRIU. */
  opt: string;
  /** What outlasts restarts of this container and ends with it: its own layer where that is so, else what the orchestrator gives for it. */
  own?: string;
  /** Where the orchestrator mounts the user's volumes. */
  volumes: string;
  /** Where it mounts what is its own, and stays when the service leaves. */
  localVolumes: string;
  /** What an ambassador and this container both see, where there is one. */
  ambassador?: string;
}

export const defaultRoots: Roots = {
  state: '/var/lib/carryon',
  images: '/var/lib/carryon-images',
  run: '/run/carryon',
  opt: '/opt/carryon',
  volumes: '/volumes',
  localVolumes: '/local-volumes',
};

/** Every path that the engine touches; one place, so that tests can move them all. */
export function layout(roots: Roots = defaultRoots) {
  const state = (...names: string[]) => join(roots.state, ...names);
  const run = (...names: string[]) => join(roots.run, ...names);
  return {
    ...roots,
    journal: state('journal.ndjson'),
    spec: state('service.json'),
    tls: state('tls'),
    tickets: state('tickets'),
    upper: state('layer', 'upper'),
    work: state('layer', 'work'),
    logs: state('log'),
    appLog: state('log', 'app.log'),
    initSocket: run('init.sock'),
    sandbox: run('sandbox.json'),
    question: run('question-open'),
    began: run('engine-began'),
    startedIn: run('started-in-epoch'),
    relayForgot: run('relay-forgot'),
    expected: run('migration-expected'),
    held: run('held'),
    kept: state('kept.json'),
    leaving: join(roots.own ?? roots.opt, 'leaving'),
    arrives: join(roots.own ?? roots.opt, arrivesMark.name),
    arrival: state('arrival'),
    dump: (epoch: number) => state('dump', String(epoch)),
    ticket: (epoch: number) => state('tickets', `${epoch}.json`),
    handoff: (migration: string) => run('handoff', migration),
    volume: (name: string) => join(roots.volumes, name),
    localVolume: (name: string) => join(roots.localVolumes, name),
    greeting: run('ambassador'),
    ambassadorRoot: run('ambassador-root'),
    imageFrom: state('image-from.json'),
  };
}

export type Layout = ReturnType<typeof layout>;
