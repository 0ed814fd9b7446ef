import { UnavailableError } from '../../../domain/errors';
import type { EngineClient } from '../../../domain/engine';
import type { Orchestrator } from '../../../domain/orchestrator';

/** A call of a port by a coordinator in a process of its own; engines and orchestrator live in the test and survive it. */
export interface Call {
  id: number;
  verb: string;
  /** Service whose engine is meant; the orchestrator itself when absent. */
  engineOf?: string;
  args: unknown[];
}
export interface Answer {
  id: number;
  result?: unknown;
  error?: string;
}

/** The coordinator's end: every verb goes to the parent process. */
export function remoteOrchestrator(cluster: string): Orchestrator {
  const pending = new Map<number, (answer: Answer) => void>();
  process.on('message', (answer: Answer) => pending.get(answer.id)?.(answer));
  let calls = 0;
  const call = (verb: string, engineOf: string | undefined, args: unknown[]) =>
    new Promise((resolve, reject) => {
      const id = (calls += 1);
      pending.set(id, ({ result, error }) => (error === undefined ? resolve(result) : reject(new UnavailableError('engine-silent', error))));
      process.send?.({ id, verb, engineOf, args } satisfies Call);
    });
  const port = (engineOf?: string) => new Proxy({}, { get: (_, verb) => (...args: unknown[]) => call(String(verb), engineOf, args) });
  const orchestrator = port() as Orchestrator;
  return new Proxy(orchestrator, {
    get(target, verb) {
      if (verb === 'cluster') return cluster;
      // Not every orchestrator has these, and the fake in the test has not.
      if (verb === 'deployed' || verb === 'releaseSettled') return undefined;
      if (verb === 'engine') return ({ service }: { service: { id: string } }) => port(service.id) as EngineClient;
      return Reflect.get(target, verb) as unknown;
    },
  });
}

/** The test's end. */
export async function answerCall(orchestrator: Orchestrator, { id, verb, engineOf, args }: Call): Promise<Answer> {
  try {
    const container = engineOf === undefined ? undefined : await orchestrator.find(engineOf);
    const port = container ? orchestrator.engine(container) : orchestrator;
    const act = Reflect.get(port, verb) as (...given: unknown[]) => unknown;
    return { id, result: await Reflect.apply(act, port, args) };
  } catch (error) {
    return { id, error: error instanceof Error ? error.message : String(error) };
  }
}
