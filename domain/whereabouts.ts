import type { MigrationReport, Outcome, SourceNow } from './migration';

/** What runs where now, by outcome. */
export function whereNow({ outcome, name, from, to, sourceNow }: Pick<MigrationReport, 'outcome' | 'name' | 'from' | 'to' | 'sourceNow'>): string {
  const sentences: Record<Outcome, string> = {
    committed: `${name} runs on ${to}.`,
    'rolled-back': atSource(name, from, sourceNow),
    refused: `${name} runs on ${from}; nothing was touched.`,
    resumed: `${name} runs on ${from} again, from the instant of the freeze; what happened to it on ${to} since is lost.`,
    'needs-human': `${name} is neither known to run on ${from} nor on ${to}; at most one copy executes.`,
  };
  return sentences[outcome];
}

function atSource(name: string, from: string, now: SourceNow | undefined): string {
  switch (now) {
    case 'stopped':
      return `${name} is stopped on ${from}, and starts there with its outer container.`;
    case 'anew':
      return `${name} runs on ${from}, where it began anew from its files: its outer container had been restarted, and its memory was lost.`;
    case 'gone':
      return `${name} has no outer container on ${from} any more: somebody removed it. Its volumes there are as they were left.`;
    case undefined:
      return `${name} runs on ${from}, as before.`;
  }
}

/** What a human does after a migration of the service that ended so; empty when there is nothing to do. */
export function nextStep(outcome: Outcome, service: string): string {
  switch (outcome) {
    case 'committed':
      return '';
    case 'refused':
      return `Remove the reasons above and try again; \`carryon plan ${service} --to ID\` tells whether any is left.`;
    case 'rolled-back':
      return 'Remove the reason above and try again.';
    case 'resumed':
      return 'Its clients have to connect anew, and may have to repeat what they did since the commit. Migrate again when the destination is back.';
    case 'needs-human':
      return `Look at both sides with \`carryon ps\`; keep both outer containers of ${service} until it is clear which one owns it. When one is lost for good, \`carryon resolve ${service} --keep source\` (or destination) decides.`;
  }
}
