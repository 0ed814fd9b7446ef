import { expect } from '@jest/globals';
import type { Carryon } from './carryon';

/** The log of a service that prints 0, 1, 2 … has all of them, once and in order, since its start; returns how many. */
export async function expectNumbersInLog(carryon: Carryon, service: string): Promise<number> {
  const numbers = (await carryon.must('logs', service)).split('\n').filter(Boolean).map(Number);
  expect(numbers.length).toBeGreaterThan(0);
  const wrong = numbers.findIndex((number, index) => number !== index);
  if (wrong >= 0) throw new Error(`line ${wrong} of the log is ${numbers[wrong]}; around it: ${numbers.slice(Math.max(0, wrong - 3), wrong + 3).join(' ')}`);
  return numbers.length;
}
