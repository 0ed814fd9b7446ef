import type Docker from 'dockerode';
import { MigrationFailedError } from '../../../domain/errors';
import type { DockerContext } from './context';
import { asking } from './failure';

/** Throws when the outer container ended, with the last lines that it wrote. */
export async function refuseEnded({ config }: DockerContext, container: Docker.Container): Promise<void> {
  const { State, Name } = await asking(config.id, 'look at the outer container', () => container.inspect());
  if (State.Running || State.Restarting) return;
  const lines = await lastLines(container);
  throw new MigrationFailedError(
    'outer-container-ended',
    `The outer container ${Name.replace(/^\//, '')} on cluster ${config.id} ended with code ${State.ExitCode}${State.Error ? `: ${State.Error}` : ''}.${lines ? `\n${lines}` : ''}`,
    { cluster: config.id, next: 'The lines above and `docker inspect` tell why; `carryon rm` removes it.' },
  );
}

async function lastLines(container: Docker.Container): Promise<string> {
  try {
    const raw = await container.logs({ stdout: true, stderr: true, tail: 10, follow: false });
    return demultiplexed(raw);
  } catch {
    return '';
  }
}

/** Docker's stream format: u8 stream, 3 unused, u32 length, payload. */
function demultiplexed(raw: Buffer): string {
  const parts: Buffer[] = [];
  for (let at = 0; at + 8 <= raw.length; ) {
    const length = raw.readUInt32BE(at + 4);
    parts.push(raw.subarray(at + 8, at + 8 + length));
    at += 8 + length;
  }
  return Buffer.concat(parts).toString('utf8').trim();
}
