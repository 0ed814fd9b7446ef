import { RefusedError } from '../../domain/errors';

const powers: Record<string, number> = { n: 1e-9, u: 1e-6, m: 1e-3, '': 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50, Ei: 2 ** 60 };

/** Bytes, or processors, of a quantity of Kubernetes: "512Mi", "250m", "1e3". */
export function amountOf(quantity: string): number {
  const match = /^(\d+\.?\d*|\.\d+)(?:([numkMGTPE]|[KMGTPE]i)|[eE]([+-]?\d+))?$/.exec(quantity);
  if (!match) throw new RefusedError('bad-quantity', `"${quantity}" is not a quantity.`, { next: 'Write a number and a unit, for example 512Mi or 250m.' });
  const amount = Number(match[1]) * (powers[match[2] ?? ''] ?? 1);
  return match[3] === undefined ? amount : Number(`${match[1]}e${match[3]}`);
}

export const bytesOf = (quantity: string) => Math.ceil(amountOf(quantity));
