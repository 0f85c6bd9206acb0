#!/usr/bin/env node
import { Command } from 'commander';
import { VERSION } from './version.js';
import { alertCommand } from './commands/alert.js';
import { configCommand } from './commands/config.js';
import { feedCommand } from './commands/feed.js';
import { loginCommand } from './commands/login.js';
import { logoutCommand } from './commands/logout.js';
import { migrateCommand } from './commands/migrate.js';
import { orgCommand } from './commands/org.js';
import { publishCommand } from './commands/publish.js';
import { queryCommand } from './commands/query.js';
import { startCommand } from './commands/start.js';
import { teamCommand } from './commands/team.js';
import { tokenCommand } from './commands/token.js';
import { fail } from './fail.js';
import { exitOnUsageErrors } from './usage.js';

const program = new Command('cave')
  .description('CAVE: metrics and alerting.')
  .version(VERSION)
  .showHelpAfterError()
  .addHelpText('after', '\nExit codes: 0 done, 1 failed, 64 called in a wrong way; services also 69, 70 and 78 (see docs/cli.md).')
  .addCommand(startCommand())
  .addCommand(migrateCommand())
  .addCommand(configCommand())
  .addCommand(loginCommand())
  .addCommand(logoutCommand())
  .addCommand(orgCommand())
  .addCommand(teamCommand())
  .addCommand(tokenCommand())
  .addCommand(publishCommand())
  .addCommand(queryCommand())
  .addCommand(alertCommand())
  .addCommand(feedCommand());

try {
  await exitOnUsageErrors(program).parseAsync();
} catch (error) {
  fail(error);
}
