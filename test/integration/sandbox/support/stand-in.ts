// Stands in for the engine in the sandbox's tests. As the engine of a container it only lives; called with a verb it does it and ends.
import { createConnection } from 'node:net';
import { execa } from 'execa';
import { layout as layoutOf } from '../../../../engine/paths';
import { createSandboxPort } from '../../../../engine/sandbox/sandbox';
import { loadSpec, saveSpec } from '../../../../engine/service/spec-file';
import { initSocket } from '../../../../engine/service/init-socket';
import type { ServiceSpec } from '../../../../domain/service';

const layout = layoutOf();
const sandbox = createSandboxPort({ layout, spec: () => loadSpec(layout.spec), cgroupRoot: process.env.CGROUP_ROOT });
const init = initSocket(layout.initSocket);
const netns = `${layout.run}/netns/app`;

const verbs: Record<string, (argument: string) => Promise<unknown>> = {
  /** Argument: JSON of the specification, with `clock` in seconds added. */
  async start(argument) {
    const made = await make('start', argument);
    await init.main(made.pid);
    const started = sandbox.startApplication(made).finally(() => (over = true));
    let over = false;
    // As an engine that is asked for its status all the while.
    while (!over) await Promise.all(Array.from({ length: 8 }, () => sandbox.find()));
    await started;
    return made;
  },
  /** As far as an engine comes that dies before the application is born. */
  async prepare(argument) {
    const made = await make('start', argument);
    await init.main(made.pid);
    return made;
  },
  async conclude() {
    const found = await sandbox.find();
    return found && sandbox.concludeStart(found);
  },
  adopt: (argument) => make('adopt', argument),
  destroy: () => sandbox.destroy(),
  find: () => sandbox.find(),
  async processes() {
    const found = await sandbox.find();
    return found && sandbox.processes(found);
  },
  async exec(argument) {
    const found = await sandbox.find();
    if (!found) throw new Error('no sandbox');
    const { file, args, dispose } = await sandbox.execCommand(found, JSON.parse(argument) as { command: string[] });
    const { stdout, stderr, exitCode } = await execa(file, args, { reject: false });
    await dispose();
    return { stdout, stderr, exitCode };
  },
  /** A line to init's socket, as it is. */
  init: (line) =>
    new Promise((resolve, reject) => {
      const socket = createConnection(layout.initSocket, () => socket.write(`${line}\n`));
      socket.once('data', (data) => {
        socket.end();
        resolve(data.toString().trim());
      });
      socket.once('error', reject);
    }),
};

async function make(mode: 'start' | 'adopt', argument: string) {
  const { clock, ...spec } = JSON.parse(argument) as ServiceSpec & { clock?: number };
  await saveSpec(layout.spec, spec);
  await execa('sh', ['-c', `mkdir -p ${layout.run}/netns; umount ${netns} 2>/dev/null; touch ${netns} && unshare --net=${netns} ip link set lo up`]);
  const ns = BigInt(clock ?? 0) * 1_000_000_000n;
  return sandbox.make({ mode, spec, netns, clock: { monotonicNs: ns, boottimeNs: ns } });
}

const [verb, argument = ''] = process.argv.slice(2);
if (verb === undefined) {
  console.log(`stand-in ${process.pid} began`);
  setInterval(() => undefined, 60_000);
} else {
  const run = verbs[verb];
  if (!run) throw new Error(`no verb ${verb}`);
  run(argument).then(
    (answer) => console.log(JSON.stringify(answer ?? null)),
    (error: unknown) => {
      console.error(error instanceof Error ? error.stack : error);
      process.exitCode = 1;
    },
  );
}
