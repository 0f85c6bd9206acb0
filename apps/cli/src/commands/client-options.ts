import { InvalidArgumentError, Option, type Command } from 'commander';
import type { ConnectionOptions, TenantOptions } from '../client/connection.js';

export interface OutputOptions {
  readonly json?: boolean;
}

export type ClientOptions = ConnectionOptions & OutputOptions;
export type TenantCommandOptions = TenantOptions & OutputOptions;

/** Adds `--url`, `--token` and `--json`, for commands in the name of a user. */
export function withClientOptions(command: Command): Command {
  return withConnection(command, new Option('--token <token>', 'session token, instead of the one of cave login').env('CAVE_SESSION_TOKEN'));
}

/** The same, and which organization. */
export function withOrganizationOptions(command: Command): Command {
  return withClientOptions(command).addOption(organization());
}

/** The same, and which organization or team. */
export function withTenantOptions(command: Command): Command {
  return withOrganizationOptions(command).addOption(team());
}

/** For commands in the name of an application: `--token` is a token of the tenant. */
export function withPublishOptions(command: Command): Command {
  const token = new Option('--token <token>', 'token of the organization or team (default: one that you created here)').env('CAVE_TOKEN');
  return withConnection(command, token).addOption(organization()).addOption(team());
}

function withConnection(command: Command, token: Option): Command {
  return command
    .addOption(new Option('--url <url>', 'address of the api (default: where you logged in, or http://127.0.0.1:7001)').env('CAVE_URL'))
    .addOption(token)
    .option('--json', 'print JSON, for programs');
}

function organization(): Option {
  return new Option('--org <name>', 'organization (default: your only one)').env('CAVE_ORG');
}

function team(): Option {
  return new Option('--team <name>', 'team of the organization').env('CAVE_TEAM');
}

/** Collects `--tag key=value`, which may be repeated. */
export function collectPair(text: string, earlier: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError(`"${text}" must look like name=value.`);
  return { ...earlier, [text.slice(0, at)]: text.slice(at + 1) };
}

/** A positive whole number. */
export function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError('It must be a positive whole number.');
  return value;
}

/** ISO 8601, seconds since the epoch, or how long ago (`90s`, `15m`, `6h`, `7d`). Answers ISO 8601. */
export function timeArgument(text: string): string {
  const ago = /^(\d+)([smhd])$/.exec(text);
  const unit = { s: 1, m: 60, h: 3_600, d: 86_400 }[ago?.[2] ?? 's'] ?? 1;
  const ms = ago !== null ? Date.now() - Number(ago[1]) * unit * 1000 : /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text);
  if (Number.isNaN(ms) || Math.abs(ms) > 8.64e15) throw new InvalidArgumentError('It must be a time such as 2026-01-31T08:00:00Z, seconds since the epoch, or how long ago, such as 6h.');
  return new Date(ms).toISOString();
}
