import { Command } from 'commander';
import { rememberPublishToken, tenantOf, userClient } from '../client/connection.js';
import { tenantPath } from '../client/paths.js';
import type { NewTokenJson, TokenJson } from '../client/types.js';
import { printJson, printLine, printTable } from '../output.js';
import { withTenantOptions, type TenantCommandOptions } from './client-options.js';

/** `cave token …`: secrets for publishing to an organization or team. */
export function tokenCommand(): Command {
  return new Command('token')
    .description('tokens for publishing: list, create, delete')
    .addCommand(withTenantOptions(new Command('list').description('tokens of the organization or team, without their values')).action(list))
    .addCommand(withTenantOptions(new Command('create').description('create a token; at most 3 exist at once').argument('<description>', 'what it is for')).action(create))
    .addCommand(withTenantOptions(new Command('delete').description('delete a token; the last one stays').argument('<id>', 'its id')).action(remove));
}

async function list(options: TenantCommandOptions): Promise<void> {
  const tenant = await tenantOf(options);
  const tokens = await (await userClient(options)).call<readonly TokenJson[]>('GET', `${tenantPath(tenant)}/tokens`);
  if (options.json === true) printJson(tokens);
  else printTable(['ID', 'DESCRIPTION', 'VALUE', 'CREATED'], tokens.map(({ id, description, hint, created }) => [id, description, hint, created]), 'There are no tokens.');
}

async function create(description: string, options: TenantCommandOptions): Promise<void> {
  const tenant = await tenantOf(options);
  const client = await userClient(options);
  const token = await client.call<NewTokenJson>('POST', `${tenantPath(tenant)}/tokens`, { body: { description } });
  await rememberPublishToken(client, tenant, token.value);
  if (options.json === true) printJson(token);
  else printLine(`Created token ${token.id}. Its value, shown only now: ${token.value}`);
}

async function remove(id: string, options: TenantCommandOptions): Promise<void> {
  const tenant = await tenantOf(options);
  await (await userClient(options)).call('DELETE', `${tenantPath(tenant)}/tokens/${encodeURIComponent(id)}`);
  if (options.json === true) printJson({ deleted: id });
  else printLine(`Deleted token ${id}.`);
}
