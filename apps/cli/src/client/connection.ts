import { CommandFailure, usageError } from '../failure.js';
import { ApiClient } from './api-client.js';
import { apiUrl, DEFAULT_URL } from './api-url.js';
import { tenantPath, type TenantName } from './paths.js';
import { readSession, writeSession, type Session } from './session-file.js';

export interface ConnectionOptions {
  readonly url?: string;
  readonly token?: string;
}

export interface TenantOptions extends ConnectionOptions {
  readonly org?: string;
  readonly team?: string;
}

/** The address: `--url`, CAVE_URL, the one that was logged in at, the default. */
export function urlOf(options: ConnectionOptions, session: Session | null): string {
  return apiUrl(options.url ?? session?.url ?? DEFAULT_URL);
}

/** A client for the logged-in user. Throws the advice to log in when there is no session for that address. */
export async function userClient(options: ConnectionOptions): Promise<ApiClient> {
  const session = await readSession();
  const url = urlOf(options, session);
  const token = options.token ?? (session?.url === url ? session.token : undefined);
  if (token === undefined) throw new CommandFailure(`You are not logged in at ${url}. Log in by: cave login --url ${url}`);
  return new ApiClient(url, token);
}

/** A client for publishing: `--token`, CAVE_TOKEN, or the token that this command line created for the tenant. */
export async function publishClient(options: TenantOptions, tenant: TenantName): Promise<ApiClient> {
  const session = await readSession();
  const url = urlOf(options, session);
  const token = options.token ?? (session?.url === url ? session.publishTokens[tokenKey(tenant)] : undefined);
  if (token === undefined) throw new CommandFailure(`Publishing needs a token of ${describe(tenant)}. Give it by --token or CAVE_TOKEN; create one by: cave token create --org ${tenant.organization}${tenant.team === null ? '' : ` --team ${tenant.team}`}`);
  return new ApiClient(url, token);
}

/** The tenant by `--org` and `--team`; without, the only organization of the logged-in user. */
export async function tenantOf(options: TenantOptions): Promise<TenantName> {
  const team = options.team ?? null;
  if (options.org !== undefined) return { organization: options.org, team };
  const session = await readSession();
  const url = urlOf(options, session);
  if (session === null || session.url !== url) throw usageError('Name the organization by --org or CAVE_ORG, or log in by: cave login');
  const own = await new ApiClient(url, session.token).call<readonly { readonly name: string }[]>('GET', '/users/organizations');
  const [only, ...others] = own;
  if (only === undefined) throw usageError('You have no organization yet. Create one by: cave org create NAME');
  if (others.length > 0) throw usageError(`Name the organization by --org or CAVE_ORG; yours are ${own.map(({ name }) => name).join(', ')}.`);
  return { organization: only.name, team };
}

/** Keeps a new token's value for later publishing, unless the user speaks by `--token`. */
export async function rememberPublishToken(client: ApiClient, tenant: TenantName, value: string): Promise<void> {
  const session = await readSession();
  if (session === null || session.url !== client.url) return;
  await writeSession({ ...session, publishTokens: { ...session.publishTokens, [tokenKey(tenant)]: value } });
}

/** Names are unique without regard to case. */
function tokenKey(tenant: TenantName): string {
  return tenantPath(tenant).toLowerCase();
}

function describe({ organization, team }: TenantName): string {
  return team === null ? `the organization ${organization}` : `the team ${team} of ${organization}`;
}
