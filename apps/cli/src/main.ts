#!/usr/bin/env node
import { Command } from 'commander';
import { VERSION } from './version.js';
import { configCommand } from './commands/config.js';
import { migrateCommand } from './commands/migrate.js';
import { startCommand } from './commands/start.js';
import { fail } from './fail.js';

const program = new Command('cave')
  .description('CAVE: metrics and alerting.')
  .version(VERSION)
  .showHelpAfterError()
  .addCommand(startCommand())
  .addCommand(migrateCommand())
  .addCommand(configCommand());

try {
  await program.parseAsync();
} catch (error) {
  fail(error);
}
