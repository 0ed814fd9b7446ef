import type { V1Container } from '@kubernetes/client-node';
import { containerName } from '../../clients/orchestrators/kubernetes/names';

/** The native sidecar that carries the runtime module. */
export const sidecarName = containerName;
/** Volumes and ports of carryon's own begin so. */
export const ownPrefix = 'carryon-';
export const stateVolume = `${ownPrefix}state`;
export const ambassadorVolume = `${ownPrefix}ambassador`;

/** Where the sidecar puts the ambassador's program, and where the user's container finds it. */
export const installDirectory = '/var/lib/carryon-ambassador';
export const ambassadorDirectory = '/.carryon';
const ambassador = `${ambassadorDirectory}/ambassador`;
export const runPrefix = [ambassador, 'run', '--'];
export const execPrefix = [ambassador, 'exec', '--'];
/** As exec; a service that is elsewhere or frozen now is not ill. */
export const probePrefix = [ambassador, 'probe', '--'];

/** Whether the application has begun, or is elsewhere. */
export const begunCommand = [ambassador, 'probe'];

/** The three probes that a container may have. */
export const probes = ['livenessProbe', 'readinessProbe', 'startupProbe'] as const satisfies (keyof V1Container)[];
export const hooks = ['postStart', 'preStop'] as const;
