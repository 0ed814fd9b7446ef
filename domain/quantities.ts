import { RefusedError } from './errors';

const durationUnits = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;
const sizeUnits = { b: 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 } as const;

/** Milliseconds of "200ms", "1.5s", "10m", "2h". A bare number is refused: its unit would be a guess. */
export function parseDuration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text.trim().toLowerCase());
  if (!match) throw new RefusedError('bad-duration', `"${text}" is not a duration`, { next: 'Write a number and a unit: 200ms, 1.5s, 10m or 2h.' });
  return Math.round(Number(match[1]) * durationUnits[match[2] as keyof typeof durationUnits]);
}

/** Bytes of "256m", "1.5g", "512MiB", "4096"; powers of 1024 as the Docker CLI reads them. */
export function parseSize(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(?:([bkmgt])(?:i?b)?)?$/.exec(text.trim().toLowerCase());
  const bytes = match ? Math.round(Number(match[1]) * sizeUnits[(match[2] ?? 'b') as keyof typeof sizeUnits]) : 0;
  if (bytes <= 0) throw new RefusedError('bad-size', `"${text}" is not a size`, { next: 'Write a positive number and a unit: 256m, 1.5g or 4096 for bytes.' });
  return bytes;
}

/** "850 ms", "12.4 s", "3 min 20 s". */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  const rest = seconds % 60;
  return rest === 0 ? `${Math.floor(seconds / 60)} min` : `${Math.floor(seconds / 60)} min ${rest} s`;
}

/** "312 B", "37 KiB", "1.4 GiB". */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value < 10 && unit > 0 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}
