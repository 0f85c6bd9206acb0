import { exitCodeOf, explain } from '@cave/app-runtime/process-end';

/** Ends a command: one sentence on standard error, and the exit code of its kind of fault. */
export function fail(error: unknown): never {
  process.stderr.write(`${explain(error)}\n`);
  process.exit(exitCodeOf(error));
}
