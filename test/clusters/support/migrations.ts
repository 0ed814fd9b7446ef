import { execa } from 'execa';
import path from 'node:path';
import { apiVersion, kind, type ConditionType, type MigrationObject, type MigrationObjectStatus, type MigrationSpec } from '../../../operator/migration';
import { eventually } from '../../e2e/support/await';
import { kubeconfigOf, kubectl, repository } from '../../e2e/support/clusters';
import { minutes } from '../../e2e/support/settings';
import { east } from './settings';

/** As `kubectl apply` gets it; the answer is a failure's words, or none. */
export async function apply(name: string, spec: object): Promise<string> {
  const input = JSON.stringify({ apiVersion, kind, metadata: { name }, spec });
  const { exitCode, stderr } = await execa(path.join(repository, '.carryon/cache/kubernetes/bin/kubectl'), ['--kubeconfig', kubeconfigOf(east), 'apply', '--filename', '-'], { input, reject: false });
  return exitCode === 0 ? '' : stderr;
}

/** One that the API server must take. */
export async function make(name: string, spec: MigrationSpec): Promise<void> {
  const refusal = await apply(name, spec);
  if (refusal) throw new Error(refusal);
}

export const read = async (name: string) => JSON.parse(await kubectl(east, 'get', 'migration', name, '--output', 'json')) as MigrationObject;

/** Fails with the status that it has instead. */
export async function statusWith(name: string, what: string, holds: (status: MigrationObjectStatus) => boolean): Promise<MigrationObjectStatus> {
  let last: MigrationObjectStatus | undefined;
  const ask = async () => {
    last = (await read(name)).status;
    return last && holds(last) && last;
  };
  return eventually(`${name} with ${what}`, ask, minutes(2)).catch((error: Error) => {
    throw new Error(`${error.message}; it has ${JSON.stringify(last)}`);
  });
}

export const ended = (name: string) => statusWith(name, 'an outcome', ({ outcome }) => outcome !== undefined);

export const conditionOf = ({ conditions }: MigrationObjectStatus, type: ConditionType) => conditions.find((condition) => condition.type === type);

interface Event {
  type: string;
  reason: string;
  note: string;
  eventTime: string;
  regarding: { uid: string };
}

/** Of this very object, in their order. */
export async function eventsOf({ metadata }: MigrationObject): Promise<Event[]> {
  const { items } = JSON.parse(await kubectl(east, 'get', 'events.events.k8s.io', '--output', 'json')) as { items: Event[] };
  return items.filter(({ regarding }) => regarding.uid === metadata.uid).sort((one, other) => one.eventTime.localeCompare(other.eventTime));
}
