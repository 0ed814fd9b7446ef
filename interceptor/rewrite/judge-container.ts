import type { V1Container, V1ContainerPort } from '@kubernetes/client-node';
import { enginePort, handoffPort, tunnelPort } from '../../domain/names';
import { ownPrefix } from './names';
import { check, type Check, type Offence } from './offence';

const checks: Check<V1Container>[] = [
  ['stdin', ({ stdin }) => stdin, 'an open standard input does not move: leave this out'],
  ['tty', ({ tty }) => tty, 'terminals do not move: leave this out'],
  ['volumeDevices', ({ volumeDevices }) => volumeDevices?.length, 'block devices do not move: use a volume with files'],
  ['restartPolicy', ({ restartPolicy }) => restartPolicy, 'the pod is started again as a whole: use spec.restartPolicy'],
  ['restartPolicyRules', ({ restartPolicyRules }) => restartPolicyRules?.length, 'the pod is started again as a whole: use spec.restartPolicy'],
  ['lifecycle.stopSignal', ({ lifecycle }) => lifecycle?.stopSignal, 'the application is asked to end by SIGTERM: leave this out, or have a preStop hook send another signal'],
  ['resizePolicy', ({ resizePolicy }) => resizePolicy?.some(({ restartPolicy }) => restartPolicy !== 'NotRequired'), 'resources do not change while the pod is there: leave this out'],
];

const enginePorts = [`TCP ${enginePort}`, `TCP ${handoffPort}`, `UDP ${tunnelPort}`];
const portChecks: Check<V1ContainerPort>[] = [
  ['containerPort', ({ containerPort, protocol = 'TCP' }) => enginePorts.includes(`${protocol} ${containerPort}`), `carryon's engine has the ports ${enginePorts.join(', ')} of the pod: choose another`],
  ['protocol', ({ protocol }) => protocol === 'SCTP', 'only TCP and UDP move: choose one of them'],
  ['name', ({ name }) => name?.startsWith(ownPrefix), `names that begin with "${ownPrefix}" are carryon's own: choose another`],
];

/** What the user's container asks for besides rights, resources and volumes. */
export const judgeContainer = (user: V1Container, at: string): Offence[] => [
  ...check(at, user, checks),
  ...(user.ports ?? []).flatMap((port, index) => check(`${at}.ports[${index}]`, port, portChecks)),
];
