import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { execa } from 'execa';
import { z } from 'zod';
import { defaultNestedAddress } from '../../domain/names';
import type { OuterSpec, ServiceSpec } from '../../domain/service';
import type { Engine } from '../engine';
import { afterRestart } from '../journal/allowed';
import { readIfThere } from '../read-file';
import { writeDurably } from '../write-file';
import { parseGreeting, type Greeting } from './greeting';
import type { Found } from './reattach';
import { saveSpec } from './spec-file';
import { startService } from './start';

const lookEveryMs = 50;
const againAfterMs = 2_000;
/** Init keeps the namespace of the ambassador that is here at this descriptor. */
const ambassadorMounts = '/proc/1/fd/15';

/**
 * Where a user's own deployment was intercepted, its ambassador knows what is to run: the service is started for the first one, and for one
 * that comes after the application has ended it is started as that one says, since what a deployment refers to may have changed. In all other
 * states an ambassador only shows what goes on.
 */
export async function askAmbassador(engine: Engine, { fresh, view }: Found, outer: OuterSpec, signal: AbortSignal): Promise<void> {
  const first = view.state === 'absent';
  if (!first && !(fresh && afterRestart(view.state) === 'start-fresh')) return;
  // Nobody else starts it: what passes by itself, a full disk or a busy machine, is waited out.
  for (; ; await pause(againAfterMs, undefined, { signal })) {
    try {
      while (!(await engine.init.hasAmbassador())) await pause(lookEveryMs, undefined, { signal });
      const spec = await specFor(engine, outer, parseGreeting(await readFile(engine.layout.greeting, 'utf8')));
      return first ? await engine.turn(() => startService(engine, spec)) : await saveSpec(engine.layout.spec, spec);
    } catch (error) {
      if (signal.aborted) throw error;
      engine.log.error({ reason: error instanceof Error ? error.message : String(error) }, 'the service could not be started for its ambassador; trying again');
    }
  }
}

async function specFor(engine: Engine, outer: OuterSpec, { command, env, workdir, user, hostname, confinement, imageFrom }: Greeting): Promise<ServiceSpec> {
  const imageDigest = await imageOf(engine, imageFrom);
  return { ...outer, imageDigest, entrypoint: [], command, env, workdir, user, hostname, confinement, address: defaultNestedAddress };
}

const noted = z.object({ from: z.string(), imageDigest: z.string() });

/** The image's files as they are in the ambassador's container, kept as an image: it is read once, and again when it is another one. */
async function imageOf({ layout, images, log }: Engine, from: string): Promise<string> {
  const before = await readIfThere(layout.imageFrom);
  const known = before === undefined ? undefined : noted.parse(JSON.parse(before));
  if (known?.from === from && (await images.has(known.imageDigest))) return known.imageDigest;
  const begun = performance.now();
  const root = layout.ambassadorRoot;
  const unmount = () => execa('umount', ['--lazy', root], { reject: false });
  await mkdir(root, { recursive: true });
  // An engine that died at this has left it.
  await unmount();
  await execa(join(layout.opt, 'bin', 'sandbox'), ['root', ambassadorMounts, root]);
  try {
    // All that an image says of its process the ambassador has said already.
    const { imageDigest } = await images.keepRoot(root, {});
    await writeDurably(layout.imageFrom, JSON.stringify({ from, imageDigest }));
    log.info({ imageDigest, ms: Math.round(performance.now() - begun) }, 'image taken from the ambassador');
    return imageDigest;
  } finally {
    await unmount();
  }
}
