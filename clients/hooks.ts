import { execa } from 'execa';
import { readFile } from 'node:fs/promises';
import type { CutoverHook, CutoverNews, HookRequest } from '../domain/cutover';

/** Runs a hook once, on the machine of the coordinator. Rejects unless it ends with 0, or answers 2xx. */
export async function runHook(hook: CutoverHook, news: CutoverNews): Promise<void> {
  await ('command' in hook ? execute(hook.command, news, hook.timeoutMs) : request(hook.http, news, hook.timeoutMs));
}

/** The coordinator's own environment may hold secrets: of it a command gets only where programs and its home are. */
async function execute([program = '', ...args]: string[], news: CutoverNews, timeoutMs: number): Promise<void> {
  const { PATH, HOME } = process.env;
  const { failed, timedOut, exitCode, signal, originalMessage } = (await execa(program, args, {
    env: { PATH, HOME, ...environmentOf(news) },
    extendEnv: false,
    timeout: timeoutMs,
    reject: false,
    stdin: 'ignore',
    // What it writes may be secret, or without end.
    stdout: 'ignore',
    stderr: 'ignore',
  })) as { failed: boolean; timedOut: boolean; exitCode?: number; signal?: string; originalMessage?: string };
  if (timedOut) throw new Error(`it did not end within ${timeoutMs / 1000} s`);
  if (exitCode !== undefined && exitCode !== 0) throw new Error(`it ended with code ${exitCode}`);
  if (signal !== undefined) throw new Error(`it was ended by ${signal}`);
  if (failed) throw new Error(originalMessage ?? 'it could not be started');
}

export const environmentOf = ({ event, service, source, destination, ports, epoch, workflowId }: CutoverNews): Record<string, string> => ({
  CARRYON_EVENT: event,
  CARRYON_SERVICE_ID: service.id,
  CARRYON_SERVICE_NAME: service.name,
  CARRYON_SOURCE: source.cluster,
  CARRYON_SOURCE_HOST: source.host,
  CARRYON_DESTINATION: destination.cluster,
  CARRYON_DESTINATION_HOST: destination.host,
  CARRYON_PORTS: ports.map(({ host, container, protocol }) => `${host}:${container}/${protocol}`).join(','),
  CARRYON_EPOCH: String(epoch),
  CARRYON_WORKFLOW_ID: workflowId,
});

/** No redirect is followed: the headers are meant for this address. */
async function request({ url, method, headersFrom }: HookRequest, news: CutoverNews, timeoutMs: number): Promise<void> {
  const headers = headersFrom === undefined ? [] : parseHeaders(await readFile(headersFrom, 'utf8'), headersFrom);
  const answer = await fetch(url, {
    method,
    headers: [['content-type', 'application/json'], ...headers],
    body: JSON.stringify(news),
    redirect: 'manual',
    signal: AbortSignal.timeout(timeoutMs),
  }).catch((error: unknown) => {
    throw new Error(`no answer: ${reasonOf(error)}`);
  });
  await answer.body?.cancel();
  if (!answer.ok) throw new Error(`it answered ${answer.status}`);
}

const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message || error.message : error.message;
};

/** A message must not repeat a line: it may be a token. */
function parseHeaders(text: string, file: string): [string, string][] {
  return text.split(/\r?\n/).flatMap((line, index): [string, string][] => {
    if (line.trim() === '') return [];
    const [, name, value] = /^([!#$%&'*+.^_`|~\w-]+):[ \t]*([\t\x20-\x7e]*)$/.exec(line) ?? [];
    if (name === undefined || value === undefined) throw new Error(`${file}:${index + 1}: write a header as NAME: VALUE`);
    return [[name, value.trim()]];
  });
}
