import { killIfThere } from '../../../engine/sandbox/kill-if-there';
import type { Side } from '../cell';
import { isEngine, type Process } from '../oracle/processes';
import { nothingToMend, type Kill } from './scene';

/** Ends one process of an outer container; who starts it again, if anybody, is the program's own business. */
const killProcess = (side: Side, isIt: (process: Process) => boolean): Kill => async ({ outer }) => {
  const victim = (await outer[side].processes()).find(isIt);
  return victim && killIfThere(victim.pid) ? { atMs: Date.now(), mend: nothingToMend } : undefined;
};

/** Its keeper, which has the same command line, lives on. */
const isDriver = (side: Side) => ({ comm, command }: Process) => comm.startsWith('handoff') && comm !== 'handoff-keeper' && command.includes(side);
/** Its child that shares the descriptors, with the same command line, lives on as well. */
const isPageDaemon = ({ comm, command }: Process) => command.includes('lazy-pages') && comm !== 'lazy-pages-fds';

export const killEngine = (side: Side): Kill => killProcess(side, isEngine);
export const killDriver = (side: Side): Kill => killProcess(side, isDriver(side));
export const killPageDaemon: Kill = killProcess('destination', isPageDaemon);
