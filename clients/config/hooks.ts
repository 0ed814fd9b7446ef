import { z } from 'zod';
import { parseDuration } from '../../domain/quantities';

const longestMs = 60_000;

/** "10s"; all attempts of all hooks together must stay within what a migration waits for them. */
const timeout = z
  .string()
  .transform((text, context) => {
    try {
      return parseDuration(text);
    } catch {
      context.addIssue({ code: 'custom', message: 'write a duration, for example 10s' });
      return z.NEVER;
    }
  })
  .refine((ms) => ms > 0 && ms <= longestMs, 'an attempt may take 60s at most, and not no time at all');

function isWeb(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol } = new URL(text);
  return protocol === 'http:' || protocol === 'https:';
}

const hasCredentials = (text: string) => /^[a-z]+:\/\/[^/?#]*@/i.test(text);

const http = z.strictObject({
  url: z
    .string()
    .refine(isWeb, 'write an address that begins with http:// or https://')
    .refine((text) => !hasCredentials(text), 'credentials do not belong in an address: put an Authorization header into a file and name it in headersFrom'),
  method: z.enum(['POST', 'PUT', 'PATCH']).default('POST'),
  /** Each line of it is a header, NAME: VALUE. */
  headersFrom: z.string().min(1).optional(),
});

const hook = z
  .strictObject({
    /** Program and arguments, without a shell. */
    command: z.array(z.string()).min(1, 'name a program').refine(([program]) => program !== '', 'name a program').optional(),
    http: http.optional(),
    timeout: timeout.prefault('10s'),
    /** After a failed attempt. */
    retries: z.number().int().min(0).max(5).default(3),
  })
  .transform(({ command, http: request, timeout: timeoutMs, retries }, context) => {
    if (command && !request) return { command, timeoutMs, retries };
    if (request && !command) return { http: request, timeoutMs, retries };
    context.addIssue({ code: 'custom', message: 'a hook has either `command` or `http`' });
    return z.NEVER;
  });

/** What is run at a cluster when a service has come to it, or left it. */
export const hooks = z.strictObject({ cutover: z.array(hook).max(5, 'at most five hooks: let one call the others').default([]) });
