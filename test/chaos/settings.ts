import path from 'node:path';
import { repository } from '../e2e/support/clusters';

/** Several runs, each in a checkout of its own, may go on beside each other when each has another number here. */
export const systemNumber = Number(process.env.CARRYON_CHAOS_SYSTEM ?? 1);
if (!(Number.isInteger(systemNumber) && systemNumber >= 1 && systemNumber <= 9)) {
  throw new RangeError(`CARRYON_CHAOS_SYSTEM is a whole number from 1 to 9, not '${process.env.CARRYON_CHAOS_SYSTEM}'`);
}
const suffix = systemNumber === 1 ? '' : String(systemNumber);

export type Pair = readonly [string, string];

/** Between which the service of one lane moves to and fro: a pair for each, so that what hits a whole cluster hits one service. */
export const pairOf = (lane: number): Pair => {
  const ending = lane === 0 ? suffix : `${suffix}${'abcdefgh'.charAt(lane)}`;
  return [`edge${ending}`, `cloud${ending}`];
};
const pairs = (lanes: number) => Array.from({ length: lanes }, (_, lane) => pairOf(lane));

export const chaosDirectory = path.join(repository, '.carryon/chaos');

/** The system whose parts are killed. */
export const chaosSystem = (lanes = 1) => ({
  directory: chaosDirectory,
  clusters: pairs(lanes).flat(),
  // Below the ports that the kernel gives to those who connect: one of them may be in the way of a server that starts.
  temporalPort: 27232 + systemNumber,
  enginePorts: '17500-17599',
  images: ['carryon-runtime', 'carryon-workload-native'],
});

export const firstPort = 9091;
