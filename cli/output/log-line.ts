export interface LogEntry {
  time: string;
  stream: 'stdout' | 'stderr';
  text: string;
  /** The line goes on with the next entry of this stream. */
  partial: boolean;
}

/** CRI log format: `<RFC3339Nano> stdout|stderr F|P <text>`. Undefined for what is not such a line. */
export function parseLogLine(line: string): LogEntry | undefined {
  const match = /^(\S+) (stdout|stderr) (F|P) ?(.*)$/s.exec(line);
  if (!match) return undefined;
  const [, time = '', stream, kind, text = ''] = match;
  return { time, stream: stream === 'stderr' ? 'stderr' : 'stdout', text, partial: kind === 'P' };
}
