import { SingleBar } from 'cli-progress';
import type { Progress } from '../../domain/migration';
import { phases } from '../../domain/phases';
import { formatBytes, formatDuration } from '../../domain/quantities';
import type { App } from '../app';

export interface ProgressDisplay {
  show(progress: Progress): void;
  end(): void;
}

/** A bar on a terminal, a line per change elsewhere, nothing for programs; to stderr, so that stdout has the result alone. */
export function progressDisplay({ io, json }: Pick<App, 'io' | 'json'>): ProgressDisplay {
  if (json) return { show: () => undefined, end: () => undefined };
  return io.stderr.isTTY ? bar(io.stderr) : lines(io.stderr);
}

function bar(stream: NodeJS.WritableStream): ProgressDisplay {
  const single = new SingleBar({
    stream,
    format: '{phase} [{bar}] {sent}{rest} {message}',
    barsize: 24,
    hideCursor: true,
    clearOnComplete: true,
    linewrap: false,
    noTTYOutput: false,
  });
  let started = false;
  return {
    show({ phase, message, bytes, totalBytes, remainingMs }) {
      const total = Math.max(totalBytes, bytes, 1);
      const payload = { phase: phases[phase].title, message, sent: `${formatBytes(bytes)}/${formatBytes(totalBytes)}`, rest: remainingMs ? `, ${formatDuration(remainingMs)} left` : '' };
      if (!started) single.start(total, bytes, payload);
      started = true;
      single.setTotal(total);
      single.update(bytes, payload);
    },
    end: () => single.stop(),
  };
}

function lines(stream: NodeJS.WritableStream): ProgressDisplay {
  let last = '';
  return {
    show({ phase, message, bytes }) {
      const line = message === phases[phase].title ? message : `${phases[phase].title}: ${message}`;
      if (line === last) return;
      last = line;
      stream.write(`${line}${bytes > 0 ? ` (${formatBytes(bytes)})` : ''}\n`);
    },
    end: () => undefined,
  };
}
