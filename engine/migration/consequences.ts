import type { JournalState } from '../../domain/service';
import type { Role } from '../ports';

export type Consequence = 'init-none' | 'init-main' | 'destroy-sandbox' | 'forget-dumps' | 'clean-source' | 'clean-destination';

/** What a journaled state means for what stands around it. The driver writes some of these states, so they are followed, not caused. */
export function consequencesOf(state: JournalState, role: Role): Consequence[] {
  switch (state) {
    case 'owing':
      return ['init-none'];
    case 'relaying':
    case 'retired':
      return ['init-none', 'destroy-sandbox', 'forget-dumps'];
    case 'running':
      return role === 'destination' ? ['init-main', 'forget-dumps'] : ['init-main', 'clean-source'];
    case 'discarded':
      return role === 'destination' ? ['clean-destination'] : [];
    case 'absent':
    case 'armedS':
    case 'frozen':
    case 'handedOff':
    case 'armedD':
    case 'gated':
    case 'waiting':
      return [];
  }
}
