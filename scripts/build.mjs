// Bundles what runs without a TypeScript compiler: command line, engine, Temporal workflows.
// Parts that the tree does not have (yet) are named and left out; a part that does not compile fails the build.
import { build } from 'esbuild';
import { chmod, mkdir, rename, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const dist = path.join(root, 'dist');

// Temporal's worker loads a native library and its own files by path, so it stays in node_modules.
const temporalPackages = ['@temporalio/*'];
// Optional accelerators of ssh2 (inside dockerode): native, absent, and not used here.
const optionalNative = ['cpu-features', './crypto/build/Release/sshcrypto.node'];

const bundles = [
  { name: 'cli', entry: 'cli/main.ts', external: [...temporalPackages, ...optionalNative] },
  { name: 'worker', entry: 'workers/main.ts', external: [...temporalPackages, ...optionalNative] },
  // Runs in the runtime image, which has node and no node_modules.
  { name: 'engine', entry: 'engine/main.ts', external: optionalNative },
];

async function bundle({ name, entry, external }) {
  // Made beside and moved over: an image build may be reading the old file.
  const fresh = path.join(dist, '.new');
  await build({
    entryPoints: [path.join(root, entry)],
    outfile: path.join(fresh, `${name}.js`),
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    external,
    sourcemap: 'linked',
    logLevel: 'warning',
    absWorkingDir: root,
  });
  for (const file of [`${name}.js.map`, `${name}.js`]) await rename(path.join(fresh, file), path.join(dist, file));
}

async function bundleWorkflows() {
  const { bundleWorkflowCode } = await import('@temporalio/worker');
  const silent = { log() {}, trace() {}, debug() {}, info() {}, warn: console.warn, error: console.error };
  const { code } = await bundleWorkflowCode({ workflowsPath: path.join(root, 'workflows/index.ts'), logger: silent });
  const outfile = path.join(dist, 'workflow-bundle.js');
  await writeFile(`${outfile}.new`, code);
  await rename(`${outfile}.new`, outfile);
}

const parts = [
  ...bundles.map((b) => ({ name: b.name, entry: b.entry, make: () => bundle(b) })),
  { name: 'workflows', entry: 'workflows/index.ts', make: bundleWorkflows },
];

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !parts.some((part) => part.name === name));
if (unknown.length > 0) {
  console.error(`build: there is no part "${unknown[0]}"; parts: ${parts.map((part) => part.name).join(', ')}`);
  process.exit(2);
}

await mkdir(dist, { recursive: true });
let failed = false;
for (const part of parts.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
  if (!existsSync(path.join(root, part.entry))) {
    console.error(`build: ${part.name}: no ${part.entry}, left out`);
    failed ||= wanted.includes(part.name);
    continue;
  }
  const started = Date.now();
  try {
    await part.make();
    console.log(`build: ${part.name} (${Date.now() - started} ms)`);
  } catch (error) {
    console.error(`build: ${part.name} failed: ${error instanceof Error ? error.message : error}`);
    failed = true;
  }
}
await chmod(path.join(root, 'bin/carryon.js'), 0o755);
process.exit(failed ? 1 : 0);
