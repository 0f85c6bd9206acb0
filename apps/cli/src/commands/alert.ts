import { Command, Option } from 'commander';
import { alertCheckCommand } from './alert-check.js';
import { alertHistoryCommand } from './alert-history.js';
import { alertSettings, alertsPath, printAlert, withAlertSettings, type AlertOptions } from './alert-settings.js';
import { userClient } from '../client/connection.js';
import type { AlertJson, AlertSettings } from '../client/types.js';
import { printJson, printLine, printTable } from '../output.js';
import { wholeNumber, withTenantOptions, type TenantCommandOptions } from './client-options.js';

interface ListOptions extends TenantCommandOptions {
  readonly query?: string;
  readonly state?: 'ok' | 'firing';
  readonly limit: number;
  readonly offset: number;
}

/** `cave alert …`: the alerts of an organization or team. */
export function alertCommand(): Command {
  return new Command('alert')
    .description('alerts: list, show, create, edit, enable, disable, delete, history, check')
    .addCommand(
      withTenantOptions(new Command('list').description('alerts with their state, in the order of their creation'))
        .option('--query <text>', 'only those with this text in their description or condition')
        .addOption(new Option('--state <state>', 'only those in this state').choices(['ok', 'firing']))
        .option('--limit <alerts>', 'at most 1000', wholeNumber, 20)
        .option('--offset <alerts>', 'how many to leave out at the beginning', Number, 0)
        .action(list),
    )
    .addCommand(one('show', 'one alert').action(async (id: string, options: TenantCommandOptions) => printAlert(await (await userClient(options)).call<AlertJson>('GET', await pathOf(id, options)), options)))
    .addCommand(withAlertSettings(withTenantOptions(new Command('create').description('create an alert')), { required: true }).action(create))
    .addCommand(withAlertSettings(one('edit', 'change an alert; what is left out stays as it is'), { required: false }).action((id: string, options: AlertOptions) => change(id, options, alertSettings(options))))
    .addCommand(one('enable', 'check the alert from now on').action((id: string, options: TenantCommandOptions) => change(id, options, { enabled: true })))
    .addCommand(one('disable', 'check the alert no more; if it is firing, its receivers are told').action((id: string, options: TenantCommandOptions) => change(id, options, { enabled: false })))
    .addCommand(one('delete', 'delete the alert; if it is firing, its receivers are told').action(remove))
    .addCommand(alertHistoryCommand())
    .addCommand(alertCheckCommand());
}

function one(name: string, description: string): Command {
  return withTenantOptions(new Command(name).description(description).argument('<id>', 'id of the alert'));
}

async function pathOf(id: string, options: TenantCommandOptions): Promise<string> {
  return `${await alertsPath(options)}/${encodeURIComponent(id)}`;
}

async function list({ query: q, state, limit, offset, ...options }: ListOptions): Promise<void> {
  const alerts = await (await userClient(options)).call<readonly AlertJson[]>('GET', await alertsPath(options), { query: { q, state, limit, offset } });
  if (options.json === true) {
    printJson(alerts);
    return;
  }
  printTable(
    ['ID', 'STATE', 'SINCE', 'HEALTH', 'ENABLED', 'PERIOD', 'DESCRIPTION', 'CONDITION'],
    alerts.map(({ id, status, enabled, period, description, condition }) => [id, status.state, status.since ?? '-', status.health, enabled ? 'yes' : 'no', period, description, condition]),
    q === undefined && state === undefined ? 'There are no alerts.' : 'There are no such alerts.',
  );
}

async function create(options: AlertOptions): Promise<void> {
  const body = { enabled: true, ...alertSettings(options) };
  printAlert(await (await userClient(options)).call<AlertJson>('POST', await alertsPath(options), { body }), options);
}

async function change(id: string, options: TenantCommandOptions, body: AlertSettings): Promise<void> {
  printAlert(await (await userClient(options)).call<AlertJson>('PATCH', await pathOf(id, options), { body }), options);
}

async function remove(id: string, options: TenantCommandOptions): Promise<void> {
  await (await userClient(options)).call('DELETE', await pathOf(id, options));
  if (options.json === true) printJson({ deleted: id });
  else printLine(`Deleted alert ${id}.`);
}
