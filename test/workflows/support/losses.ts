import { afterEach } from '@jest/globals';
import { RefusedError, UnavailableError } from '../../../domain/errors';
import type { MigrationRequest } from '../../../domain/migration';
import { retireWorkflowId } from '../../../domain/names';
import type { FakeEngine } from '../../fakes/engine';
import type { Stage } from './stage';

const verbs = ['find', 'list', 'deploy', 'status'];

/** What happens to a service `cache` that goes from edge to cloud by post-copy, one of whose sides is lost. */
export function useLosses(stage: Stage) {
  const waiting: (() => void)[] = [];
  // A coordinator ends only when nothing is asked of it any more.
  afterEach(() => waiting.splice(0).forEach((release) => release()));

  const start = (over: Partial<MigrationRequest> = {}) => stage.migrations.start({ service: 'cache', to: 'cloud', strategy: 'post-copy', ...over });
  const at = (cluster: string) => stage.world.at(cluster, 'cache') as FakeEngine;
  const removed = (cluster: string) => stage.world.delete(cluster, at(cluster).outer.id);
  const hang = () => new Promise<void>((release) => waiting.push(release));
  const refuse = (cluster: string, error: () => Error) => {
    for (const verb of verbs) stage.world.faults.fail(`${cluster}.${verb}`, error());
  };

  return {
    start,
    end: async (over: Partial<MigrationRequest> = {}) => stage.migrations.end(await start(over)),
    at,
    removed,
    /** Until the test is over. */
    hang,
    silent: (cluster: string) => refuse(cluster, () => new UnavailableError('orchestrator-silent', 'down')),
    /** The same, noticed without a pause. */
    unreachable: (cluster: string) => refuse(cluster, () => new RefusedError('orchestrator-refused', 'no route')),
    answers: (cluster: string) => verbs.forEach((verb) => stage.world.faults.lift(`${cluster}.${verb}`)),
    /** The destination is removed while it still fetches pages, which the source waits for. */
    removedWhileOwed: (also: () => void = () => undefined) => {
      const source = stage.world.run('edge');
      stage.world.faults.meanwhile('edge.step:finish', () => {
        if (at('cloud')) also();
        if (at('cloud')) removed('cloud');
        return hang();
      });
      return source;
    },
    /** Else it might retire what the next test has there. */
    noRetirement: ({ outer, epoch }: FakeEngine) => stage.env.client.workflow.getHandle(retireWorkflowId(outer.id, epoch)).terminate().catch(() => undefined),
  };
}
