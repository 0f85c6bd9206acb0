import type { Command } from 'commander';
import { USAGE } from './failure.js';

/** Lets a command and all below it end with 64 when they are called in a wrong way; commander's own code is 1. */
export function exitOnUsageErrors(command: Command): Command {
  command.exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : USAGE));
  command.commands.forEach(exitOnUsageErrors);
  return command;
}
