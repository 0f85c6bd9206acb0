import type { Clusters, ConfigStore, Housekeeping, Tenant, Tokens } from '@cave/core';
import { Type } from '@sinclair/typebox';
import { defineRoute, type Method, type Route } from '../http/route.js';
import { DateTime } from '../http/schemas.js';
import { actorOf, organizationJson, teamJson, tokenJson } from './json.js';
import { Organization, Team } from './schemas.js';

/** A mail in the outbox of the embedded profile. */
export interface OutboxMail {
  readonly id: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly at: Date;
}

export interface InternalRouteDependencies {
  readonly housekeeping: Housekeeping;
  readonly clusters: Clusters;
  readonly tokens: Tokens;
  readonly status: ConfigStore['status'];
  /** Newest first; null where mails leave the machine. */
  readonly readOutbox: (() => Promise<readonly OutboxMail[]>) | null;
}

const operator = { kind: 'operator' } as const;
const tag = 'internal';
const MAX_ISSUES = 50;

export function internalRoutes(deps: InternalRouteDependencies): readonly Route[] {
  return [
    statusRoute(deps),
    resetRoute('GET', 'resetByGet', deps.housekeeping),
    resetRoute('POST', 'reset', deps.housekeeping),
    ...(deps.readOutbox === null ? [] : [outboxRoute(deps.readOutbox)]),
    ...clusterRoutes(deps, '/_internal_/organizations/{organization}/cluster', 'OfOrganization', Organization),
    ...clusterRoutes(deps, '/_internal_/organizations/{organization}/teams/{team}/cluster', 'OfTeam', Team),
  ];
}

function statusRoute({ status }: InternalRouteDependencies): Route {
  const Issue = Type.Object({ description: Type.String(), since: DateTime('When it began.'), until: Type.Optional(DateTime('When it was resolved.')) }, { $id: 'Issue' });
  return defineRoute({
    method: 'GET', path: '/status', operationId: 'getStatus', tag: 'status', access: { kind: 'anyone' },
    summary: 'Current and recent issues of CAVE itself',
    responses: { 200: { description: 'The issues.', schema: Type.Object({ current: Type.Array(Issue), recent: Type.Array(Issue) }, { $id: 'Status' }) } },
    async handle() {
      const [current, recent] = await Promise.all([status.current(), status.recent(MAX_ISSUES)]);
      return {
        status: 200,
        body: {
          current: current.map((issue) => ({ description: issue.message, since: issue.openedAt.toISOString() })),
          recent: recent.flatMap((issue) => (issue.closedAt === null ? [] : [{ description: issue.message, since: issue.openedAt.toISOString(), until: issue.closedAt.toISOString() }])),
        },
      };
    },
  });
}

function resetRoute(method: Method, operationId: string, housekeeping: Housekeeping): Route {
  return defineRoute({
    method, path: '/_internal_/reset', operationId, tag, access: operator,
    summary: 'Delete expired session and confirmation tokens now',
    responses: { 200: { description: 'How many were deleted.', schema: Type.Object({ sessions: Type.Integer(), confirmations: Type.Integer() }) } },
    handle: async () => ({ status: 200, body: await housekeeping.deleteExpired(0) }),
  });
}

function outboxRoute(readOutbox: () => Promise<readonly OutboxMail[]>): Route {
  const Mail = Type.Object({ id: Type.String(), to: Type.Array(Type.String()), subject: Type.String(), text: Type.String(), at: DateTime('When it was written.') }, { $id: 'OutboxMail' });
  return defineRoute({
    method: 'GET', path: '/_internal_/outbox', operationId: 'getOutbox', tag, access: operator,
    summary: 'Mails that the embedded profile wrote instead of sending, newest first',
    responses: { 200: { description: 'The mails.', schema: Type.Array(Mail) } },
    handle: async () => ({ status: 200, body: (await readOutbox()).map(({ id, to, subject, text, at }) => ({ id, to, subject, text, at: at.toISOString() })) }),
  });
}

function clusterRoutes(deps: InternalRouteDependencies, path: string, suffix: string, schema: typeof Organization | typeof Team): readonly Route[] {
  const access = { kind: 'role', role: 'admin' } as const;
  const describe = async (tenant: Tenant): Promise<unknown> => ({
    ...(tenant.team === null ? organizationJson(tenant.organization) : teamJson(tenant.team)),
    tokens: (await deps.tokens.list(tenant)).map(tokenJson),
    cluster: (tenant.team ?? tenant.organization).cluster,
  });
  return [
    defineRoute({
      method: 'GET', path, operationId: `getCluster${suffix}`, tag, access,
      summary: 'The named metrics store of a tenant; null: the default one',
      responses: { 200: { description: 'Its name.', schema: Type.Object({ cluster: Type.Union([Type.String(), Type.Null()]) }) } },
      handle: async ({ tenant }) => ({ status: 200, body: { cluster: (tenant.team ?? tenant.organization).cluster } }),
    }),
    defineRoute({
      method: 'POST', path, operationId: `setCluster${suffix}`, tag, access,
      summary: 'Choose the metrics store of a tenant; what is stored already stays where it is',
      body: Type.Object({ cluster: Type.Optional(Type.Union([Type.String({ minLength: 1, maxLength: 200 }), Type.Null()], { description: 'Left out or null: the default one.' })) }),
      responses: { 200: { description: 'The tenant.', schema } },
      handle: async (context) => ({ status: 200, body: await describe(await deps.clusters.assign(actorOf(context), context.tenant, context.body.cluster ?? null)) }),
    }),
  ];
}
