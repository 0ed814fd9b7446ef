import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { V1Container, V1PodSpec } from '@kubernetes/client-node';
import { parseAllDocuments } from 'yaml';

export const repository = path.resolve(__dirname, '../../..');
export const chart = path.join(repository, 'deploy/helm/carryon');
const program = path.join(repository, '.carryon/cache/bin/helm');

/** An object, as far as these tests look. */
export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Record<string, string>; annotations?: Record<string, string> };
  data?: Record<string, string>;
  rules?: unknown[];
  spec?: Record<string, unknown> & { template?: { metadata: Manifest['metadata']; spec: V1PodSpec } };
}

export function helm(...args: string[]): string {
  if (!existsSync(program)) throw new Error(`there is no ${program}: scripts/setup.sh --tests makes it`);
  return execFileSync(program, args, { encoding: 'utf8', cwd: repository, stdio: 'pipe', maxBuffer: 8 * 1024 * 1024 });
}

/** Values are given as Helm's --set-json takes them. */
const settings = (values: Record<string, unknown>) => Object.entries(values).flatMap(([name, value]) => ['--set-json', `${name}=${JSON.stringify(value)}`]);

const render = (values: Record<string, unknown>) => helm('template', 'carryon', chart, '--namespace', 'carryon', ...settings(values));

/** What is installed with these values. */
export const objects = (values: Record<string, unknown> = {}): Manifest[] => parse(render(values));

/** What Helm says to values that it does not take. */
export function refusal(values: Record<string, unknown>): string {
  try {
    render(values);
  } catch (error) {
    return String((error as { stderr: string }).stderr);
  }
  return 'nothing: they were taken';
}

export const manifests = (file: string): Manifest[] => parse(readFileSync(path.join(repository, 'deploy/kubernetes', file), 'utf8'));

const parse = (text: string) => parseAllDocuments(text).map((document) => document.toJS() as Manifest).filter((object) => object !== null);

/** The one object of this kind and name. */
export function only(all: Manifest[], kind: string, name?: string): Manifest {
  const [found, ...more] = all.filter((object) => object.kind === kind && (name === undefined || object.metadata.name === name));
  if (!found || more.length > 0) throw new Error(`${found ? more.length + 1 : 0} objects ${kind} ${name ?? ''}`);
  return found;
}

export function pod(all: Manifest[], name: string): V1PodSpec {
  const found = all.find(({ metadata, spec }) => metadata.name === name && spec?.template)?.spec?.template?.spec;
  if (!found) throw new Error(`no pods of ${name}`);
  return found;
}

export const container = (all: Manifest[], name: string): V1Container => pod(all, name).containers[0] ?? { name: 'none' };
