import type { KubernetesCluster, TemporalConfig } from '../clients/config';
import { connectKubernetes } from '../clients/orchestrators/kubernetes/connect';
import { keptUnlessFailed } from '../clients/orchestrators/kept-unless-failed';
import { connectTemporal, type Migrations } from '../clients/temporal';
import { temporalFailure } from '../clients/temporal/failure';
import type { CarryonError } from '../domain/errors';
import { Follower } from './follow';
import type { MigrationObject } from './migration';
import { migrationObjects } from './objects';
import { tellOfMemory } from './out-of-memory';
import { watchObjects } from './watch';

export interface OperatorOptions {
  cluster: KubernetesCluster;
  temporal: TemporalConfig;
  log: (line: string) => void;
  /** Ends the operator; migrations go on. */
  signal: AbortSignal;
  /** Called when it watches. */
  onReady: () => void;
}

/** Follows the Migrations of the cluster's namespace until it is told to end. Rejects for want of a right, or of the resource's definition: only a human can mend that. */
export async function runOperator({ cluster, temporal, log, signal, onReady }: OperatorOptions): Promise<void> {
  const objects = migrationObjects(cluster);
  const fatal = new AbortController();
  const stop = AbortSignal.any([signal, fatal.signal]);
  const connect = keptUnlessFailed(() => connectTemporal(temporal));
  const followers = new Map<string, Follower>();

  const follow = (object: MigrationObject) => {
    const { uid, name } = object.metadata;
    const known = followers.get(uid);
    if (known) return known.see(object);
    const follower = new Follower(object, { objects, migrations: async () => translated(await connect(), temporal.address), log, signal: stop, forbidden: (error) => fatal.abort(error) });
    followers.set(uid, follower);
    follower.run().catch((error: unknown) => {
      // The next look at all objects takes it up again.
      if (followers.get(uid) === follower) followers.delete(uid);
      if (!stop.aborted && !follower.isLeft()) log(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    });
  };
  const leave = ({ metadata: { uid } }: MigrationObject) => {
    followers.get(uid)?.leave();
    followers.delete(uid);
  };
  try {
    void tellOfMemory(connectKubernetes(cluster).kubeconfig, cluster, { log, signal: stop });
    await watchObjects(objects.informer(), { cluster: cluster.id, what: 'watch migrations', seen: follow, gone: leave, log, signal: stop, onReady });
    if (fatal.signal.aborted) throw fatal.signal.reason as CarryonError;
  } finally {
    fatal.abort();
  }
}

type Followed = Pick<Migrations, 'startFor' | 'startedFor' | 'status' | 'end' | 'abort'>;

/** The same, failing with our errors only. */
function translated(migrations: Followed, address: string): Followed {
  const calling = <A extends unknown[], T>(call: (...args: A) => Promise<T>) => (...args: A) =>
    call(...args).catch((error: unknown) => {
      throw temporalFailure(error, address);
    });
  const { startFor, startedFor, status, end, abort } = migrations;
  return { startFor: calling(startFor), startedFor: calling(startedFor), status: calling(status), end: calling(end), abort: calling(abort) };
}
