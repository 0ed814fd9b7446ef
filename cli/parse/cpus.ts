import { UsageError } from '../usage-error';

export function parseCpus(text: string): number {
  const cpus = Number(text);
  if (text.trim() !== '' && Number.isFinite(cpus) && cpus > 0) return cpus;
  throw new UsageError(`--cpus: "${text}" is not a positive number.`, 'Write for example --cpus 1.5.');
}
