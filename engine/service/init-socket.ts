import { createConnection } from 'node:net';
import { createInterface } from 'node:readline';
import { UnavailableError } from '../../domain/errors';
import type { InitPort } from '../ports';

const answerWithinMs = 5_000;
const noLimit = 0;

/** One line asked, one line answered, on a connection of its own. */
export function initSocket(path: string): InitPort {
  const ask = (request: string) => askInit(path, request);
  return {
    main: async (pid) => expectOk(await ask(`main ${pid}`)),
    hold: async () => expectOk(await ask('main held')),
    none: async () => expectOk(await ask('main none')),
    reopen: async () => expectOk(await ask('reopen')),
    drain: async () => numberIn(/^drained (\d+)$/, await ask('drain')),
    hasAmbassador: async () => (await ask('ambassador')) === 'ambassador here',
    wait: async () => numberIn(/^exited (\d+)$/, await askInit(path, 'wait', noLimit)),
  };
}

function askInit(path: string, request: string, withinMs = answerWithinMs): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (cause: Error) => {
      socket.destroy();
      reject(new UnavailableError('init-silent', `init did not answer "${request}": ${cause.message}`, { cause, next: 'look at engine.log of the outer container' }));
    };
    const socket = createConnection(path, () => socket.write(`${request}\n`));
    socket.setTimeout(withinMs, () => fail(new Error(`no answer within ${withinMs} ms`)));
    socket.once('error', fail);
    socket.once('close', () => fail(new Error('it closed the connection')));
    createInterface({ input: socket }).once('line', (line) => {
      socket.end();
      resolve(line);
    }).on('error', fail);
  });
}

function expectOk(answer: string): void {
  if (answer !== 'ok') throw new UnavailableError('init-refused', `init answered "${answer}"`);
}

function numberIn(form: RegExp, answer: string): number {
  const digits = form.exec(answer)?.[1];
  if (digits === undefined) throw new UnavailableError('init-refused', `init answered "${answer}"`);
  return Number(digits);
}
