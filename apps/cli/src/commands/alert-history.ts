import { Command } from 'commander';
import { userClient } from '../client/connection.js';
import type { AlertHistoryJson } from '../client/types.js';
import { printJson, printLine, printTable } from '../output.js';
import { alertsPath, statusSentence } from './alert-settings.js';
import { wholeNumber, withTenantOptions, type TenantCommandOptions } from './client-options.js';

/** `cave alert history`: state, transitions and deliveries, newest first. */
export function alertHistoryCommand(): Command {
  return withTenantOptions(new Command('history').description('state of an alert, its transitions and their deliveries, newest first').argument('<id>', 'id of the alert'))
    .option('--limit <events>', 'at most 1000', wholeNumber, 20)
    .action(async (id: string, options: TenantCommandOptions & { readonly limit: number }) => {
      const path = `${await alertsPath(options)}/${encodeURIComponent(id)}/history`;
      const history = await (await userClient(options)).call<AlertHistoryJson>('GET', path, { query: { limit: options.limit } });
      if (options.json === true) {
        printJson(history);
        return;
      }
      printLine(`State: ${statusSentence(history.state)}`);
      printTable(
        ['TIME', 'EVENT', 'REASON', 'DELIVERIES'],
        history.events.map(({ time, type, reason, deliveries }) => [time, type, reason, deliveries.map(({ receiver, status }) => `${receiver} ${status}`).join(', ')]),
        'It has never changed its state.',
      );
    });
}
