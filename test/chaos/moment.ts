import type { Phase } from '../../domain/phases';
import type { Side, Step } from './cell';
import type { Moment } from '../e2e/support/moments';

/** Undefined: there is nothing to wait for. */
export function momentOf(step: Step): Moment | undefined {
  const [kind, ...names] = step.split(':');
  const name = names.at(-1) ?? '';
  if (kind === 'phase') return { phase: name as Phase };
  if (kind === 'activity') return { activity: names[0] ?? '', nth: Number(names[1] ?? 1) };
  if (kind === 'line') return { at: names[0] as Side, line: name };
  return kind === 'source' || kind === 'destination' ? { at: kind satisfies Side, tag: name, owing: names.length > 1 } : undefined;
}
