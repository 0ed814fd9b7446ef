import type { Phase } from '../../domain/phases';
import type { Side, Step } from './cell';
import type { Moment } from '../e2e/support/moments';

/** Undefined: there is nothing to wait for. */
export function momentOf(step: Step): Moment | undefined {
  const [kind, name = ''] = [step.slice(0, step.indexOf(':')), step.slice(step.indexOf(':') + 1)];
  if (kind === 'phase') return { phase: name as Phase };
  return kind === 'source' || kind === 'destination' ? { at: kind satisfies Side, tag: name } : undefined;
}
