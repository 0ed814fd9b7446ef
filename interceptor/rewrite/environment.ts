import type { V1Container, V1EnvVar, V1ResourceFieldSelector } from '@kubernetes/client-node';
import { amountOf } from './amount';

/** Kubelet would tell the application the ambassador's resources for its own: their amounts are written down instead. */
export function environmentOf({ env, name, resources = {} }: V1Container): V1EnvVar[] | undefined {
  return env?.map((variable) => {
    const reference = variable.valueFrom?.resourceFieldRef;
    if (!reference || (reference.containerName && reference.containerName !== name)) return variable;
    const [kind, resource = ''] = reference.resource.split(/\.(.*)/s) as ['limits' | 'requests', string];
    const amount = resources[kind]?.[resource];
    // Without a limit it is what the node has; the ambassador has none either.
    if (amount === undefined && kind === 'limits') return variable;
    return { name: variable.name, value: inUnits(amount ?? '0', resource, reference) };
  });
}

/** Rounded up, as kubelet does. Processors count by thousandths. */
function inUnits(amount: string, resource: string, { divisor }: V1ResourceFieldSelector): string {
  const count = (quantity: string) => (resource === 'cpu' ? Math.ceil(amountOf(quantity) * 1000) : Math.ceil(amountOf(quantity)));
  const unit = divisor === undefined || amountOf(divisor) === 0 ? '1' : divisor;
  return String(Math.ceil(count(amount) / count(unit)));
}
