import { Context } from '@temporalio/activity';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';

/** Cancellation comes back with a heartbeat, so this is also how long an abort waits for a long step. Workers must not hold beats back longer. */
export const heartbeatMs = 1000;

/** An attempt that may take longer beats by `withHeartbeat`, where its long part begins: before that, silence means that it hangs. */
const longestMs = 120_000;

/**
 * Beats for activities whose workflow wants to hear of them and that end by themselves soon: it waits for a coordinator that has died no longer than for a beat.
 * Those that take less than a second end before the first.
 */
export const heartbeats: ActivityInterceptorsFactory = (context) => ({
  inbound: {
    async execute(input, next) {
      const { heartbeatTimeoutMs, startToCloseTimeoutMs } = context.info;
      // A limit that was not set comes as none, or as 0.
      if (!heartbeatTimeoutMs || startToCloseTimeoutMs > longestMs) return next(input);
      const timer = setInterval(() => context.heartbeat(), heartbeatMs);
      try {
        return await next(input);
      } finally {
        clearInterval(timer);
      }
    },
  },
});

/**
 * Tells the server that this activity lives while `act` is under way, with what `look` finds as details, so that the progress of a
 * long step can be watched from outside. A failing look is no failure of the step.
 */
export async function withHeartbeat<Result, Details>(act: Promise<Result>, look?: () => Promise<Details>): Promise<Result> {
  const context = Context.current();
  let looking = false;
  const beat = async () => {
    if (looking) return;
    looking = true;
    const details = await look?.().catch(() => undefined);
    looking = false;
    context.heartbeat(details);
  };
  context.heartbeat();
  const timer = setInterval(() => void beat(), heartbeatMs);
  try {
    return await act;
  } finally {
    clearInterval(timer);
  }
}
