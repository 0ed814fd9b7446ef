import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { bundleVariable, bundleWorkflows } from './bundle';

/** Once per run of the workflow tests. */
async function setUp(): Promise<void> {
  const file = path.join(await mkdtemp(path.join(tmpdir(), 'workflow-bundle-')), 'workflows.js');
  await writeFile(file, (await bundleWorkflows()).code);
  process.env[bundleVariable] = file;
}

export { setUp as default };
