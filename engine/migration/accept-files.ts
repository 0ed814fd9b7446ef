import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { RefusedError } from '../../domain/errors';
import type { Engine } from '../engine';
import { loadSpec } from '../service/spec-file';

/** Destination's end of a pass of files. */
export async function acceptFiles(engine: Engine, request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
  const [view, spec] = await Promise.all([engine.journal.read(), loadSpec(engine.layout.spec)]);
  if (view.state !== 'armedD' || !spec) throw new RefusedError('not-armed', `files are taken only while a migration is prepared (${view.state})`);
  await engine.files.accept(request, socket, head, spec);
  // The pass may have replaced app.log: init must go on in the file that the application's lines will be in.
  await engine.init.reopen();
}
