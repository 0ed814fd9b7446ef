import { exitCodeOfError, exitCodes } from './exit-codes';
import type { Io } from './io';
import { printError } from './output/print-error';
import { createProgram } from './program';

/** Runs one command line to its end; the answer is the exit code. */
export async function runProgram(args: string[], io: Io): Promise<number> {
  let code: number = exitCodes.done;
  const program = createProgram({ io, exit: (wanted) => (code = wanted) });
  try {
    await program.parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    printError(io, error, args.includes('--json'));
    return exitCodeOfError(error);
  }
}
