import type { Holder } from './holder';
import type { JournalState } from './service';

/** What a cluster knows about a service: its outer container there, whatever the journal says. */
export interface Sighting {
  cluster: string;
  service: { id: string; name: string };
  state: JournalState;
  epoch: number;
  running: boolean;
  /** The outer container does not run: nobody can be asked what its journal says. */
  stopped?: boolean;
  relayedConnections: number;
  relayForgot?: boolean;
  /** Epoch for which this outer container still relays; may be older than `epoch`. */
  relaysFor?: number;
  /** Id of the migration that this engine takes part in. */
  migration?: string;
  holder?: Holder;
}

/** States in which the outer container holds the one copy, or the claim to it. */
const owning: readonly JournalState[] = ['running', 'armedS', 'frozen', 'handedOff', 'waiting'];

export const owns = (sighting: Pick<Sighting, 'state'>) => owning.includes(sighting.state);
