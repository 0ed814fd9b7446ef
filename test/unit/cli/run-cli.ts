import { PassThrough } from 'node:stream';
import { runProgram } from '../../../cli/run-program';

/** Runs a command line as a user would, without a process of its own. */
export async function runCli(args: string[], { directory = '/', env = {} }: { directory?: string; env?: Record<string, string> } = {}) {
  const [stdout, stderr] = [collected(), collected()];
  const code = await runProgram(args, { stdin: new PassThrough(), stdout: stdout.stream, stderr: stderr.stream, env, directory });
  return { code, stdout: stdout.text(), stderr: stderr.text() };
}

function collected() {
  const stream = new PassThrough();
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  return { stream, text: () => Buffer.concat(chunks).toString('utf8') };
}
