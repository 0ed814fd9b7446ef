/** What a request means when it does not say. Milliseconds. */
export const defaultMaxDowntimeMs = 200;
export const defaultRelayForMs = 600_000;

/** Of 0 to 100. */
export const defaultPriority = 50;

/** How long a gated destination waits for the commit beyond what the steps before it are predicted to take. */
export const discardMarginMs = 30_000;

/** Pre-copy ends when a pass sent less than this: sending it once more inside the freeze costs a few milliseconds. */
export const smallPassBytes = 1024 ** 2;
/** … or when a pass sent more than this part of the one before: it does not converge. */
export const convergingRatio = 0.7;
/** … or after this many passes. */
export const maxPasses = 5;

/** Memory that the outer container needs besides the service: engine, driver, page daemon. */
export const outerOverheadBytes = 192 * 1024 ** 2;
