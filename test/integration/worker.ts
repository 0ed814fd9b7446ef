/** Test files run beside each other, one in each of jest's workers: what they make on this machine has names and numbers of its own. */
export const worker = Number(process.env.JEST_WORKER_ID ?? 1);

/** Begins the names of what a worker makes. Another prefix lets two runs share a machine. */
export const namePrefix = (usual: string): string => `${process.env.CARRYON_TEST_PREFIX ?? usual}-${worker}`;

/** First of a hundred ports that no other worker uses, and that the kernel gives to nobody. */
export const firstPort = 20_000 + 100 * worker;
