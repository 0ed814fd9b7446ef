/** A line of the service `ledger`, as a client heard it. */
export interface Answer {
  kind: 'W' | 'I' | 'M';
  /** Where the client came in. */
  cluster: string;
  incarnation: string;
  sequence: number;
  /** When the service said it, ms of the wall clock. */
  atMs: number;
  /** Of the last line in its ledger; of W: the line that was written for it. */
  number: number;
  zeroPages?: number;
  wrongPages?: number;
}

/** Undefined for what is no answer; `E` is one that promises nothing. */
export function parseAnswer(cluster: string, line: string): Answer | undefined {
  const [, kind, incarnation, sequence, at, number, zero, wrong] = /^([WIM]) ([0-9a-f]{16}) (\d+) (\d+) (\d+)(?: (\d+) (\d+))?$/.exec(line) ?? [];
  if (kind === undefined || incarnation === undefined) return undefined;
  return {
    kind: kind as Answer['kind'],
    cluster,
    incarnation,
    sequence: Number(sequence),
    atMs: Number(at) / 1e6,
    number: Number(number),
    ...(kind === 'M' && { zeroPages: Number(zero), wrongPages: Number(wrong) }),
  };
}
