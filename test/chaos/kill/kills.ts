import type { Victim } from '../cell';
import { jumpClock } from './clock';
import { killContainer } from './container';
import { killCoordinator, killTemporal } from './coordinator';
import { cutLink } from './link';
import { killDriver, killEngine, killPageDaemon } from './process';
import type { Kill } from './scene';
import { fillDisk } from './disk';

export const kills: Record<Victim, Kill> = {
  'source-engine': killEngine('source'),
  'destination-engine': killEngine('destination'),
  'source-driver': killDriver('source'),
  'destination-driver': killDriver('destination'),
  'source-container': killContainer('source'),
  'destination-container': killContainer('destination'),
  'page-daemon': killPageDaemon,
  'source-coordinator': killCoordinator('source'),
  'destination-coordinator': killCoordinator('destination'),
  temporal: killTemporal,
  'link-2s': cutLink(['source', 'destination'], false),
  'link-2s-to-destination': cutLink(['destination'], false),
  'link-2s-to-source': cutLink(['source'], false),
  'link-ever': cutLink(['source', 'destination'], true),
  'link-ever-to-destination': cutLink(['destination'], true),
  'link-ever-to-source': cutLink(['source'], true),
  'source-clock': jumpClock('source'),
  'destination-clock': jumpClock('destination'),
  'source-disk-full': fillDisk('source'),
  'destination-disk-full': fillDisk('destination'),
};
