import { expect, it } from '@jest/globals';
import type { MigrationObjectStatus } from '../../../operator/migration';
import { StatusWriter } from '../../../operator/status-writer';

const status = (message: string, bytes = 0): MigrationObjectStatus => ({ phase: 'prepare', message, progress: { bytes, totalBytes: 100 }, conditions: [] });

it('writes one status at a time, and leaves out those that were overtaken', async () => {
  const written: string[] = [];
  let go: () => void = () => undefined;
  const writer = new StatusWriter(({ message }) => new Promise((resolve) => (written.push(message), (go = resolve))), undefined);
  for (const message of ['first', 'second', 'third']) writer.write(status(message));
  expect(written).toEqual(['first']);
  go();
  await new Promise(setImmediate);
  expect(written).toEqual(['first', 'third']);
  go();
  await writer.flushed();
});

it('writes nothing that is written already, and counts of bytes now and then only', async () => {
  const written: number[] = [];
  const writer = new StatusWriter((next) => Promise.resolve(void written.push(next.progress?.bytes ?? -1)), status('same', 1));
  writer.write(status('same', 1));
  await writer.flushed();
  expect(written).toEqual([]);
  writer.write(status('other', 2));
  await writer.flushed();
  writer.write(status('other', 3));
  await writer.flushed();
  expect(written).toEqual([2]);
});

it('tells of a failure to whoever waits for the last one, however late', async () => {
  const writer = new StatusWriter(() => Promise.reject(new Error('forbidden')), undefined);
  writer.write(status('any'));
  await new Promise(setImmediate);
  await expect(writer.flushed()).rejects.toThrow('forbidden');
});
