import { CommanderError } from 'commander';
import { CarryonError } from '../../domain/errors';
import type { Io } from '../io';

/** Errors go to stderr: what failed, its stable code, and what to do next. */
export function printError(io: Io, error: unknown, json: boolean): void {
  // The parser has written its own message already.
  if (error instanceof CommanderError) return;
  io.stderr.write(json ? `${JSON.stringify({ error: errorData(error) })}\n` : errorText(error));
}

function errorData(error: unknown) {
  if (!(error instanceof CarryonError)) return { code: 'unexpected', message: messageOf(error) };
  const { code, message, phase, cluster, next } = error;
  return { code, message, phase, cluster, next };
}

export function errorText(error: unknown): string {
  if (!(error instanceof CarryonError)) return `error: ${messageOf(error)}\n`;
  const place = [error.phase && `phase ${error.phase}`, error.cluster && `cluster ${error.cluster}`].filter(Boolean).join(', ');
  const lines = [`error: ${error.message}`, `  code: ${error.code}${place && ` (${place})`}`];
  if (error.next) lines.push(`  next: ${error.next}`);
  return `${lines.join('\n')}\n`;
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
