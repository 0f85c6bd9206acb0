import { CaveError } from '@cave/core';

/** An empty name would be the working directory, which nobody means. Throws `configuration`. */
export function checkDirectory(directory: string, what: string, option = 'data-dir'): void {
  if (directory === '') throw new CaveError('configuration', `The option "${option}" of the ${what} must name a directory.`);
}
