import { Command } from 'commander';
import { rememberPublishToken, tenantOf, userClient } from '../client/connection.js';
import { tenantPath } from '../client/paths.js';
import type { NewTeamJson, TeamJson } from '../client/types.js';
import { printJson, printLine, printTable } from '../output.js';
import { withOrganizationOptions, type TenantCommandOptions } from './client-options.js';

/** `cave team …`: teams of an organization. */
export function teamCommand(): Command {
  return new Command('team')
    .description('teams of an organization: list, create, delete')
    .addCommand(withOrganizationOptions(new Command('list').description('the teams of the organization')).action(list))
    .addCommand(withOrganizationOptions(new Command('create').description('create a team').argument('<name>', 'its name')).action(create))
    .addCommand(withOrganizationOptions(new Command('delete').description('delete a team and all of its data').argument('<name>', 'its name')).action(remove));
}

async function list(options: TenantCommandOptions): Promise<void> {
  const { organization } = await tenantOf(options);
  const teams = await (await userClient(options)).call<readonly TeamJson[]>('GET', `${tenantPath({ organization, team: null })}/teams`);
  if (options.json === true) printJson(teams);
  else printTable(['NAME', 'TOKENS'], teams.map(({ name, tokens }) => [name, tokens.map(({ description }) => description).join(', ')]), `${organization} has no teams.`);
}

async function create(name: string, options: TenantCommandOptions): Promise<void> {
  const { organization } = await tenantOf(options);
  const client = await userClient(options);
  const team = await client.call<NewTeamJson>('POST', `${tenantPath({ organization, team: null })}/teams`, { body: { name } });
  const [token] = team.tokens;
  if (token !== undefined) await rememberPublishToken(client, { organization, team: team.name }, token.value);
  if (options.json === true) printJson(team);
  else printLine(`Created the team ${team.name} of ${organization}. Its publish token, shown only now: ${token?.value ?? ''}`);
}

async function remove(name: string, options: TenantCommandOptions): Promise<void> {
  const { organization } = await tenantOf(options);
  await (await userClient(options)).call('DELETE', tenantPath({ organization, team: name }));
  if (options.json === true) printJson({ deleted: name });
  else printLine(`Deleted the team ${name} of ${organization}.`);
}
