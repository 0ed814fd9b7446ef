import type { Outcome } from './spin';

/** How much a run has seen belongs to its result. */
export function report(name: string, { states }: Outcome): void {
  process.stderr.write(`model: ${name}: ${states.toLocaleString('en')} states\n`);
}

/** Fails with the story of the fault. */
export function expectNoFault({ story }: Outcome): void {
  if (story) throw new Error(`the protocol has a fault:\n${story.join('\n')}`);
}
