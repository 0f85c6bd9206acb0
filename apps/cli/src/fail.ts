import { exitCodeOf, explain } from '@cave/app-runtime/process-end';
import { CommandFailure } from './failure.js';

/** Ends a command: one sentence on standard error, and the exit code of its kind of fault. */
export function fail(error: unknown): never {
  if (error instanceof CommandFailure) {
    process.stderr.write(`cave: ${error.message}\n`);
    process.exit(error.exitCode);
  }
  process.stderr.write(`${explain(error)}\n`);
  process.exit(exitCodeOf(error));
}
