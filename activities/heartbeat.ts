import { Context } from '@temporalio/activity';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';

/** Cancellation comes back with a heartbeat, so this is also how long an abort waits for a long step. Workers must not hold beats back longer. */
export const heartbeatMs = 1000;

/** Those that have something to tell with their beats. */
const tell = new WeakSet<Context>();

/** Beats for all others whose workflow wants to hear of them: it waits for a coordinator that has died no longer than for a beat. Short ones end before the first. */
export const heartbeats: ActivityInterceptorsFactory = (context) => ({
  inbound: {
    async execute(input, next) {
      if (context.info.heartbeatTimeoutMs === undefined) return next(input);
      const timer = setInterval(() => tell.has(context) || context.heartbeat(), heartbeatMs);
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
  tell.add(context);
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
