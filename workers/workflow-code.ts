import { existsSync } from 'node:fs';
import path from 'node:path';
import { RefusedError } from '../domain/errors';
import type { WorkflowWorkerOptions } from './workflows';

/** Names of what the build makes, and of what it is made from, from the directory of the program upwards. */
const prebuilt = ['workflow-bundle.js', 'dist/workflow-bundle.js'];
const sources = 'workflows/index.ts';

/** The prebuilt bundle spares a few seconds of every start; sources serve where there is none, as in development. */
export function findWorkflowCode(directory: string, preferSources = false): WorkflowWorkerOptions['workflows'] {
  for (let at = path.resolve(directory); ; at = path.dirname(at)) {
    const source = path.join(at, sources);
    const codePath = prebuilt.map((name) => path.join(at, name)).find(existsSync);
    if (preferSources && existsSync(source)) return { workflowsPath: source };
    if (codePath && !preferSources) return { workflowBundle: { codePath } };
    if (existsSync(source)) return { workflowsPath: source };
    if (at === path.dirname(at)) break;
  }
  throw new RefusedError('no-workflow-code', `there is no ${prebuilt[0] ?? ''} at or above ${directory}`, { next: 'Make it with `npm run build`.' });
}
