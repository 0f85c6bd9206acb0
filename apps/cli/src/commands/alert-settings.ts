import { Option, type Command } from 'commander';
import { tenantOf } from '../client/connection.js';
import { tenantPath } from '../client/paths.js';
import type { AlertJson, AlertSettings, AlertStatusJson } from '../client/types.js';
import { printJson, printLine } from '../output.js';
import { collectPair, type TenantCommandOptions } from './client-options.js';

export interface AlertOptions extends TenantCommandOptions {
  readonly description?: string;
  readonly condition?: string;
  readonly period?: string;
  readonly disabled?: boolean;
  readonly handbookUrl?: string;
  readonly route?: Readonly<Record<string, string>>;
  readonly repeatInterval?: string;
  readonly lookback?: string;
  readonly notify?: 'changes' | 'every_check';
  readonly notifyNoData?: boolean;
  readonly notifyError?: boolean;
}

/** Adds the settings of an alert as options; a new alert needs the first three. */
export function withAlertSettings(command: Command, { required }: { readonly required: boolean }): Command {
  const needed = (flags: string, description: string): Option => new Option(flags, description).makeOptionMandatory(required);
  return command
    .addOption(needed('--description <text>', 'what it means when it fires'))
    .addOption(needed('--condition <condition>', "when it fires, such as 'orders[shop: a].sum.5m < 10'"))
    .addOption(needed('--period <period>', 'how often it is checked: 30s, 5m, or @08:30 for daily, UTC'))
    .option('--disabled', 'do not check it until it is enabled')
    .option('--handbook-url <url>', 'what to do when it fires')
    .option('--route <name=value>', 'where to send it, such as pagerduty_service_api_key=…; may be repeated', collectPair)
    .option('--repeat-interval <duration>', 'remind while it is firing, such as 4h')
    .option('--lookback <duration>', 'how far back points are looked for (default: 10 periods, at least 1 hour)')
    .addOption(new Option('--notify <when>', 'changes only, or every true check').choices(['changes', 'every_check']))
    .option('--notify-no-data', 'tell when there has been no data for 3 checks')
    .option('--no-notify-no-data', 'do not tell')
    .option('--notify-error', 'tell when 3 checks have failed')
    .option('--no-notify-error', 'do not tell');
}

/** The settings that were given. */
export function alertSettings(options: AlertOptions): AlertSettings {
  const settings = {
    description: options.description,
    condition: options.condition,
    period: options.period,
    enabled: options.disabled === true ? false : undefined,
    handbook_url: options.handbookUrl,
    routing: options.route,
    repeat_interval: options.repeatInterval,
    lookback: options.lookback,
    notify: options.notify,
    notify_no_data: options.notifyNoData,
    notify_error: options.notifyError,
  };
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}

/** Where the alerts of the tenant are. */
export async function alertsPath(options: TenantCommandOptions): Promise<string> {
  return `${tenantPath(await tenantOf(options))}/alerts`;
}

export function statusSentence({ state, since, health, last_check: lastCheck }: AlertStatusJson): string {
  return `${state}${since === null ? '' : ` since ${since}`}; health: ${health}; last check: ${lastCheck ?? 'none yet'}`;
}

export function printAlert(alert: AlertJson, options: TenantCommandOptions): void {
  if (options.json === true) {
    printJson(alert);
    return;
  }
  printLine(`Alert ${alert.id} (${alert.enabled ? 'enabled' : 'disabled'}): ${alert.description}`);
  printLine(`  condition: ${alert.condition}`);
  printLine(`  period:    ${alert.period}`);
  printLine(`  state:     ${statusSentence(alert.status)}`);
  if (alert.handbook_url !== undefined) printLine(`  handbook:  ${alert.handbook_url ?? ''}`);
  if (alert.repeat_interval !== undefined) printLine(`  reminder:  every ${alert.repeat_interval ?? ''}`);
  for (const { message } of alert.warnings ?? []) printLine(`  warning:   ${message}`);
}
