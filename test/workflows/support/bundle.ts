import { bundleWorkflowCode, DefaultLogger, type WorkflowBundleOption } from '@temporalio/worker';
import path from 'node:path';

/** Where the global set-up of the tests says that it has put the bundle. */
export const bundleVariable = 'CARRYON_TEST_WORKFLOW_BUNDLE';

export const bundleWorkflows = () =>
  bundleWorkflowCode({ workflowsPath: path.resolve(__dirname, '../../../workflows/index.ts'), logger: new DefaultLogger('ERROR') });

/** The bundle that was made for all test files; one of its own outside the tests. */
export async function workflowBundle(): Promise<WorkflowBundleOption> {
  const codePath = process.env[bundleVariable];
  return codePath === undefined ? bundleWorkflows() : { codePath };
}
