import type { ApiClient } from '../client/api-client.js';
import { tenantPath } from '../client/paths.js';
import type { NewOrganizationJson, NewTeamJson, NewTokenJson, TokenJson } from '../client/types.js';
import { must } from './eventually.js';
import type { Report } from './report.js';

/** The tenant that the rest of the walk happens in. */
export interface WalkthroughTenant {
  readonly organization: string;
  readonly team: string;
  /** Where the team's routes begin. */
  readonly path: string;
  readonly signingSecret: string;
  /** Secret for publishing to the team. */
  readonly publishToken: string;
}

/** An organization, a team in it and a token of the team, each with its removal. */
export async function newTenant(report: Report, user: ApiClient, options: { readonly run: string; readonly email: string; readonly notificationUrl: string }): Promise<WalkthroughTenant> {
  const organization = `walkthrough-${options.run}`;
  const organizationPath = tenantPath({ organization, team: null });
  const created = await report.step(
    'create an organization',
    () => user.call<NewOrganizationJson>('POST', '/organizations', { body: { name: organization, email: options.email, notification_url: options.notificationUrl } }),
    ({ name }) => `${name}, which notifies ${options.notificationUrl}`,
  );
  report.made(`organization ${organization}`, () => user.call('DELETE', organizationPath));

  const team = 'team';
  const path = tenantPath({ organization, team });
  await report.step('create a team', () => user.call<NewTeamJson>('POST', `${organizationPath}/teams`, { body: { name: team } }), ({ name }) => name);
  report.made(`team ${team}`, () => user.call('DELETE', path));

  const token = await report.step('create a token', async () => {
    const issued = await user.call<NewTokenJson>('POST', `${path}/tokens`, { body: { description: 'walkthrough' } });
    const listed = await user.call<readonly TokenJson[]>('GET', `${path}/tokens`);
    must(listed.some(({ id }) => id === issued.id), 'The new token is not in the list of tokens.');
    must(!JSON.stringify(listed).includes(issued.value), 'The list of tokens shows the value of a token.');
    return issued;
  }, ({ description }) => `${description}, for the team`);
  report.made('token', () => user.call('DELETE', `${path}/tokens/${token.id}`));
  return { organization, team, path, signingSecret: created.signing_secret, publishToken: token.value };
}
