/** Epochs only grow. The next one lies above all that either side has ever journaled, so that neither takes the new ticket for an old one. */
export const nextEpoch = (...known: number[]) => Math.max(0, ...known) + 1;
