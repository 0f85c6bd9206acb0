import type { Role, Tenant, User } from '@cave/core';
import type { Static, TSchema } from '@sinclair/typebox';

export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

/**
 * Who may call a route.
 *
 * - `anyone`: no credentials are looked at
 * - `user`: a session token
 * - `role`: a session token of a user with at least this role on the tenant that path or host
 *   names; on a team its own role counts, or admin of its organization
 * - `tenant_token`: a token of the tenant; one of an organization also serves its teams
 * - `operator`: the operator token; where none is configured, only from loopback
 */
export type Access =
  | { readonly kind: 'anyone' }
  | { readonly kind: 'user' }
  | { readonly kind: 'role'; readonly role: Role }
  | { readonly kind: 'tenant_token' }
  | { readonly kind: 'operator' };

/** What the access rule has established before the handler runs. */
export type Granted<A extends Access> = A extends { readonly kind: 'user' }
  ? { readonly user: User }
  : A extends { readonly kind: 'role' }
    ? { readonly user: User; readonly tenant: Tenant }
    : A extends { readonly kind: 'tenant_token' }
      ? { readonly tenant: Tenant; readonly tokenId: string }
      : unknown;

export interface RequestFacts {
  /** Address of the client; behind trusted proxies the one that they forward. */
  readonly clientAddress: string;
  /** `api-service.base-url` without a trailing slash: what Location and Link headers begin with. */
  readonly baseUrl: string;
  /** Path as it was asked for, without query, beginning with `/`. */
  readonly path: string;
  /** What follows `?`, as it was sent; empty without. For parameters whose parts are escaped one by one. */
  readonly rawQuery: string;
  /** The secret that was presented; never logged. Null on routes for anyone. */
  readonly credential: string | null;
  /** Fires when the client has gone away. */
  readonly signal: AbortSignal;
}

export interface Reply {
  readonly status: number;
  /** Sent as JSON, or as it is when it is a Buffer; left out: an empty body. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ResponseDefinition {
  readonly description: string;
  /** Left out: the body is empty. */
  readonly schema?: TSchema;
  /** Default: JSON. */
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

type StaticOr<S extends TSchema | undefined> = S extends TSchema ? Static<S> : undefined;

export interface RouteDefinition<
  A extends Access = Access,
  Q extends TSchema | undefined = TSchema | undefined,
  B extends TSchema | undefined = TSchema | undefined,
> {
  readonly method: Method;
  /** With parameters in braces: `/organizations/{organization}/tokens/{id}`. */
  readonly path: string;
  /** Unique; of a tenant route the stem, to which the form is added. */
  readonly operationId: string;
  readonly tag: string;
  readonly summary: string;
  readonly access: A;
  /** Descriptions of the path parameters beside `organization` and `team`. */
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Q;
  readonly body?: B;
  /**
   * `checked` (the default): validated against `body` before the handler sees it. `own`: only
   * parsed as JSON; the handler validates by itself (`context.body` is `unknown` in truth) and
   * the schema is for the documentation. For paths that must be fast.
   */
  readonly bodyValidation?: 'checked' | 'own';
  /** By status. The errors that access rules and validation can answer are added by themselves. */
  readonly responses: Readonly<Record<number, ResponseDefinition>>;
  handle(context: RequestContext<A, Q, B>): Promise<Reply>;
}

export type RequestContext<
  A extends Access = Access,
  Q extends TSchema | undefined = TSchema | undefined,
  B extends TSchema | undefined = TSchema | undefined,
> = RequestFacts & Granted<A> & {
  /** Decoded path parameters. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: StaticOr<Q>;
  readonly body: StaticOr<B>;
};

/** A concrete route: one method and path, and where its tenant is named. */
export interface Route extends Omit<RouteDefinition, 'handle'> {
  /** Null: the route has no tenant. `host`: the tenant is taken from the host name. */
  readonly tenant: 'organization' | 'team' | 'host' | null;
  handle(context: RequestContext): Promise<Reply>;
}

/** A route without a tenant, or one whose full path is given with `{organization}` or `{team}` in it. */
export function defineRoute<A extends Access, Q extends TSchema | undefined = undefined, B extends TSchema | undefined = undefined>(
  definition: RouteDefinition<A, Q, B>,
): Route {
  const tenant = definition.path.includes('{team}') ? 'team' : definition.path.includes('{organization}') ? 'organization' : null;
  // The server hands every handler exactly the context that its own definition describes.
  return { ...(definition as unknown as Route), tenant };
}

export type TenantForm = 'organization' | 'team' | 'host';

const FORMS: Readonly<Record<TenantForm, { readonly prefix: string; readonly suffix: string }>> = {
  organization: { prefix: '/organizations/{organization}', suffix: 'OfOrganization' },
  team: { prefix: '/organizations/{organization}/teams/{team}', suffix: 'OfTeam' },
  host: { prefix: '', suffix: 'ByHost' },
};

/** The same route for each of the forms; `path` is what follows the tenant, such as `/tokens/{id}`. */
export function defineTenantRoutes<
  A extends Extract<Access, { kind: 'role' | 'tenant_token' }>,
  Q extends TSchema | undefined = undefined,
  B extends TSchema | undefined = undefined,
>(forms: readonly TenantForm[], definition: RouteDefinition<A, Q, B>): readonly Route[] {
  return forms.map((form) => ({
    ...(definition as unknown as Route),
    path: FORMS[form].prefix + definition.path,
    operationId: definition.operationId + FORMS[form].suffix,
    tenant: form,
  }));
}

/** Where a tenant lives below the base URL. */
export function tenantPath(tenant: Tenant): string {
  const organization = `/organizations/${encodeURIComponent(tenant.organization.name)}`;
  return tenant.team === null ? organization : `${organization}/teams/${encodeURIComponent(tenant.team.name)}`;
}
