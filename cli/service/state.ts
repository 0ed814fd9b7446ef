import type { JournalState } from '../../domain/service';
import type { Observation } from './observe';

/** The journal's states in words for a list; a migration's details stand in other columns. */
const words: Record<JournalState, string> = {
  absent: 'created',
  running: 'running',
  armedS: 'migrating',
  frozen: 'migrating',
  handedOff: 'migrating',
  owing: 'owing',
  relaying: 'relaying',
  retired: 'retired',
  armedD: 'arriving',
  gated: 'arriving',
  waiting: 'waiting',
  discarded: 'discarded',
};

export function stateOf({ outer, status }: Pick<Observation, 'outer' | 'status'>): string {
  if (!outer.running) return outer.exitCode === undefined ? 'stopped' : `exited (${outer.exitCode})`;
  if (!status) return 'unreachable';
  if (status.state === 'relaying') return `relaying (${status.relayedConnections} connection${status.relayedConnections === 1 ? '' : 's'})`;
  return words[status.state];
}
