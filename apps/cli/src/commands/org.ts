import { Command } from 'commander';
import { rememberPublishToken, userClient } from '../client/connection.js';
import { tenantPath } from '../client/paths.js';
import type { NewOrganizationJson, OrganizationJson, Role } from '../client/types.js';
import { printJson, printLine, printTable } from '../output.js';
import { withClientOptions, type ClientOptions } from './client-options.js';

type Change = ClientOptions & { readonly email?: string; readonly notificationUrl?: string };

/** `cave org …`: organizations of the logged-in user. */
export function orgCommand(): Command {
  return new Command('org')
    .description('organizations: list, create, show, edit, delete, rotate-secret')
    .addCommand(withClientOptions(new Command('list').description('your organizations, and your role in each')).action(list))
    .addCommand(
      withClientOptions(new Command('create').description('create an organization; you become its admin').argument('<name>', 'its name'))
        .requiredOption('--email <address>', 'whom CAVE writes to when notifications cannot be delivered')
        .requiredOption('--notification-url <url>', 'where alerts are POSTed to')
        .action(create),
    )
    .addCommand(withClientOptions(new Command('show').description('one organization').argument('<name>', 'its name')).action(show))
    .addCommand(
      withClientOptions(new Command('edit').description('change its email address or notification URL').argument('<name>', 'its name'))
        .option('--email <address>', 'whom CAVE writes to when notifications cannot be delivered')
        .option('--notification-url <url>', 'where alerts are POSTed to')
        .action(edit),
    )
    .addCommand(withClientOptions(new Command('delete').description('delete an organization without teams, and all of its data').argument('<name>', 'its name')).action(remove))
    .addCommand(withClientOptions(new Command('rotate-secret').description('replace the secret that notifications are signed with').argument('<name>', 'its name')).action(rotate));
}

const pathOf = (name: string): string => tenantPath({ organization: name, team: null });

async function list(options: ClientOptions): Promise<void> {
  const found = await (await userClient(options)).call<readonly { readonly name: string; readonly role: Role }[]>('GET', '/users/organizations');
  if (options.json === true) printJson(found);
  else printTable(['NAME', 'ROLE'], found.map(({ name, role }) => [name, role]), 'You have no organization yet. Create one by: cave org create NAME');
}

async function create(name: string, options: Change): Promise<void> {
  const client = await userClient(options);
  const created = await client.call<NewOrganizationJson>('POST', '/organizations', { body: { name, email: options.email, notification_url: options.notificationUrl } });
  const [token] = created.tokens;
  if (token !== undefined) await rememberPublishToken(client, { organization: created.name, team: null }, token.value);
  if (options.json === true) {
    printJson(created);
    return;
  }
  printLine(`Created ${created.name}. CAVE shows these secrets only now:`);
  printLine(`  publish token:  ${token?.value ?? ''}  (kept for cave publish and cave feed while you stay logged in)`);
  printLine(`  signing secret: ${created.signing_secret}`);
}

async function show(name: string, options: ClientOptions): Promise<void> {
  printOrganization(await (await userClient(options)).call<OrganizationJson>('GET', pathOf(name)), options);
}

async function edit(name: string, options: Change): Promise<void> {
  const body = { email: options.email, notification_url: options.notificationUrl };
  printOrganization(await (await userClient(options)).call<OrganizationJson>('PATCH', pathOf(name), { body }), options);
}

async function remove(name: string, options: ClientOptions): Promise<void> {
  await (await userClient(options)).call('DELETE', pathOf(name));
  if (options.json === true) printJson({ deleted: name });
  else printLine(`Deleted ${name}.`);
}

async function rotate(name: string, options: ClientOptions): Promise<void> {
  const rotated = await (await userClient(options)).call<{ readonly signing_secret: string }>('POST', `${pathOf(name)}/signing-secret`);
  if (options.json === true) printJson(rotated);
  else printLine(`New signing secret, shown only now: ${rotated.signing_secret}`);
}

function printOrganization(organization: OrganizationJson, options: ClientOptions): void {
  if (options.json === true) {
    printJson(organization);
    return;
  }
  printLine(`Name:             ${organization.name}`);
  printLine(`Email:            ${organization.email}`);
  printLine(`Notification URL: ${organization.notification_url}`);
  printLine(`Tokens:           ${organization.tokens.map(({ description, hint }) => `${description} (${hint})`).join(', ')}`);
}
