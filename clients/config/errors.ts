import type { Document, LineCounter } from 'yaml';
import { isNode } from 'yaml';
import type { z } from 'zod';
import { RefusedError } from '../../domain/errors';

/** The configuration cannot be used; nothing was touched. */
export class ConfigError extends RefusedError {
  constructor(code: string, message: string, next: string) {
    super(code, message, { next });
  }
}

type Issue = z.core.$ZodIssue;

/** Turns the checker's first issue into a message with file, line and field; the number of further ones is told. */
export function explainIssue(issues: readonly Issue[], document: Document, lines: LineCounter, file: string): ConfigError {
  const issue = issues[0];
  if (!issue) return new ConfigError('config-invalid', `${file}: not a valid configuration`, 'Compare it with the output of `carryon init --print`.');
  const path = issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0] ?? ''] : issue.path;
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : '';
  return new ConfigError('config-invalid', `${file}:${lineOf(path, document, lines)}: ${fieldName(path)}: ${wording(issue)}${more}`, advice(issue));
}

/** Line of the field, or of the nearest parent that is there. */
function lineOf(path: readonly PropertyKey[], document: Document, lines: LineCounter): number {
  for (let length = path.length; length > 0; length -= 1) {
    const node = document.getIn(path.slice(0, length) as (string | number)[], true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return 1;
}

function fieldName(path: readonly PropertyKey[]): string {
  return path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('').replace(/^\./, '') || 'top level';
}

function wording(issue: Issue): string {
  if (issue.code === 'unrecognized_keys') return 'there is no such field';
  if (issue.code === 'invalid_type') return issue.input === undefined && issue.message.includes('undefined') ? 'is missing' : issue.message;
  return issue.message;
}

function advice(issue: Issue): string {
  return issue.code === 'unrecognized_keys'
    ? 'Remove it or correct its name; `carryon init --print` shows all fields.'
    : 'Correct this field; `carryon init --print` shows all fields with their meaning.';
}
