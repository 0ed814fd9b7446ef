import { expect } from '@jest/globals';
import type { Seen } from './pair';

/** The client noticed at most a pause: nothing lost, nothing closed, the same memory. */
export function unharmed(client: Seen): void {
  expect(client).toMatchObject({ lost: 0, bad: 0, dead: false });
  expect(client.after).toBe(client.before);
}
