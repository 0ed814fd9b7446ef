/** The one map of phases: progress, report, search attributes and errors derive their types from it. */
export const phases = {
  plan: { title: 'compare source and destination' },
  queue: { title: 'queue' },
  prepare: { title: 'prepare the destination' },
  'pre-dump': { title: 'copy files while the service runs' },
  transfer: { title: 'transfer' },
  freeze: { title: 'freeze' },
  'final-dump': { title: 'final dump' },
  restore: { title: 'restore' },
  commit: { title: 'commit' },
  cutover: { title: 'lead new clients to the destination' },
  finish: { title: 'collect remaining pages, retire the source' },
  rollback: { title: 'roll back' },
  done: { title: 'done' },
} as const;

export type Phase = keyof typeof phases;
