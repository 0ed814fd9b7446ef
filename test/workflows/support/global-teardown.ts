import { rm } from 'node:fs/promises';
import path from 'node:path';
import { bundleVariable } from './bundle';

async function tearDown(): Promise<void> {
  const file = process.env[bundleVariable];
  if (file !== undefined) await rm(path.dirname(file), { recursive: true, force: true });
}

export { tearDown as default };
