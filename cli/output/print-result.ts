import type { App } from '../app';

/** Results go to stdout: for people as text, for programs as one JSON document. */
export function printResult(app: Pick<App, 'io' | 'json'>, result: unknown, text: string): void {
  app.io.stdout.write(app.json ? `${JSON.stringify(result, null, 2)}\n` : text.endsWith('\n') || text === '' ? text : `${text}\n`);
}

/** What goes on, for people; never mixed with results. */
export function note(app: Pick<App, 'io' | 'json'>, line: string): void {
  if (!app.json) app.io.stderr.write(`${line}\n`);
}
