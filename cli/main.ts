import { processIo } from './io';
import { runProgram } from './run-program';

// A reader that goes away (`carryon logs | head`) ends the program, quietly.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

void runProgram(process.argv.slice(2), processIo()).then((code) => {
  process.exitCode = code;
  // Connections that are kept open must not keep the program; what was written goes out first.
  process.stdout.write('', () => process.stderr.write('', () => process.exit()));
});
