import type { V1ResourceRequirements } from '@kubernetes/client-node';
import { outerOverheadBytes } from '../../domain/defaults';
import { bytesOf } from './amount';

type Amounts = V1ResourceRequirements['limits'];

/** The application runs in the sidecar: that has all of its resources, and what the runtime module takes comes on top. */
export const sidecarResources = ({ limits, requests }: V1ResourceRequirements): V1ResourceRequirements => ({ ...plus(outerOverheadBytes, 'limits', limits), ...plus(outerOverheadBytes, 'requests', requests) });

/** The other way round. */
export const userResources = ({ limits, requests }: V1ResourceRequirements): V1ResourceRequirements => ({ ...plus(-outerOverheadBytes, 'limits', limits), ...plus(-outerOverheadBytes, 'requests', requests) });

/** The ambassador waits and copies log lines. It is limited where the user wanted limits, so that a quota that asks for them is content. */
export function ambassadorResources({ limits }: V1ResourceRequirements): V1ResourceRequirements {
  const limited = { ...(limits?.memory !== undefined && { memory: '64Mi' }), ...(limits?.cpu !== undefined && { cpu: '100m' }) };
  return { requests: { cpu: '5m', memory: '16Mi' }, ...(Object.keys(limited).length > 0 && { limits: limited }) };
}

function plus(bytes: number, kind: 'limits' | 'requests', amounts: Amounts): V1ResourceRequirements {
  if (!amounts) return {};
  return { [kind]: { ...amounts, ...(amounts.memory !== undefined && { memory: String(bytesOf(amounts.memory) + bytes) }) } };
}
