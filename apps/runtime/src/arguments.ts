import { parseArgs } from 'node:util';
import { CaveError } from '@cave/core';

export interface ServiceArguments {
  readonly config: string | undefined;
  readonly assignments: readonly string[];
}

/** `--config <file>` and any number of `--set key=value`. Throws `configuration`. */
export function parseServiceArguments(argv: readonly string[]): ServiceArguments {
  try {
    const { values } = parseArgs({ args: [...argv], options: { config: { type: 'string' }, set: { type: 'string', multiple: true } }, strict: true, allowPositionals: false });
    return { config: values.config, assignments: values.set ?? [] };
  } catch (error) {
    throw new CaveError('configuration', `${(error as Error).message} A service takes --config <file> and --set key=value.`, { cause: error });
  }
}
