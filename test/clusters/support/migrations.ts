import { execa } from 'execa';
import { kubectl } from '../../e2e/support/clusters';
import { eventually } from '../../e2e/support/await';
import { minutes } from '../../e2e/support/settings';
import { apiVersion, kind, type ConditionType, type MigrationObject, type MigrationObjectStatus, type MigrationSpec } from '../../../operator/migration';
import { kubeconfigOf, repository } from '../../e2e/support/clusters';
import path from 'node:path';
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

export const statusWith = (name: string, what: string, holds: (status: MigrationObjectStatus) => boolean): Promise<MigrationObjectStatus> =>
  eventually(`${name} with ${what}`, async () => {
    const { status } = await read(name);
    return status && holds(status) && status;
  }, minutes(2));

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
