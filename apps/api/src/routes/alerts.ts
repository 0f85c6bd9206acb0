import { CaveError, type Actor, type AlertHistory, type AlertManagement, type User } from '@cave/core';
import { Type } from '@sinclair/typebox';
import { defineTenantRoutes, tenantPath, type RequestFacts, type Route, type TenantForm } from '../http/route.js';
import { toAlertInput, toAlertJson, toHistoryJson } from './alert-json.js';
import { AlertChangeBody, AlertHistorySchema, AlertList, AlertSchema, NewAlertBody } from './alert-schemas.js';

export interface AlertRouteDependencies {
  readonly alerts: AlertManagement;
  readonly alertHistory: AlertHistory;
}

const FORMS: readonly TenantForm[] = ['organization', 'team'];
const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 1_000;
const ID_PARAM = { id: 'Id of the alert.' } as const;

const Page = Type.Object(
  {
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_LIMIT, description: `${DEFAULT_LIMIT} if left out.` })),
    offset: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000_000, description: '0 if left out.' })),
  },
  { additionalProperties: false },
);

export function alertRoutes({ alerts, alertHistory }: AlertRouteDependencies): readonly Route[] {
  return [
    ...defineTenantRoutes(FORMS, {
      method: 'POST',
      path: '/alerts',
      operationId: 'createAlert',
      tag: 'alerts',
      summary: 'Create an alert.',
      access: { kind: 'role', role: 'member' },
      body: NewAlertBody,
      responses: { 201: { description: 'Created.', schema: AlertSchema, headers: { Location: 'Where the alert is.' } } },
      handle: async (context) => {
        const { body, tenant } = context;
        const input = { ...toAlertInput(body), description: body.description, enabled: body.enabled, period: body.period, condition: body.condition };
        const alert = await named(() => alerts.create(actorOf(context), tenant, input));
        return { status: 201, body: toAlertJson(alert), headers: { Location: `${context.baseUrl}${tenantPath(tenant)}/alerts/${alert.id}` } };
      },
    }),
    ...defineTenantRoutes(FORMS, {
      method: 'GET',
      path: '/alerts',
      operationId: 'listAlerts',
      tag: 'alerts',
      summary: 'Alerts in the order of their creation.',
      access: { kind: 'role', role: 'member' },
      query: Page,
      responses: { 200: { description: 'One page.', schema: AlertList, headers: { Link: 'The next and the previous page, where there are any (RFC 8288).' } } },
      handle: async (context) => {
        const { limit = DEFAULT_LIMIT, offset = 0 } = context.query;
        const [page, count] = await Promise.all([alerts.list(context.tenant, { limit, offset }), alerts.count(context.tenant)]);
        const link = links(`${context.baseUrl}${tenantPath(context.tenant)}/alerts`, limit, offset, offset + page.length < count);
        return { status: 200, body: page.map(toAlertJson), headers: link };
      },
    }),
    ...defineTenantRoutes(FORMS, {
      method: 'GET',
      path: '/alerts/{id}',
      operationId: 'getAlert',
      tag: 'alerts',
      summary: 'One alert.',
      access: { kind: 'role', role: 'member' },
      params: ID_PARAM,
      responses: { 200: { description: 'The alert.', schema: AlertSchema } },
      handle: async ({ tenant, params }) => ({ status: 200, body: toAlertJson(await alerts.find(tenant, idOf(params))) }),
    }),
    ...defineTenantRoutes(FORMS, {
      method: 'PATCH',
      path: '/alerts/{id}',
      operationId: 'updateAlert',
      tag: 'alerts',
      summary: 'Change an alert; what is left out stays as it is.',
      access: { kind: 'role', role: 'member' },
      params: ID_PARAM,
      body: AlertChangeBody,
      responses: { 200: { description: 'The alert as it is now.', schema: AlertSchema } },
      handle: async (context) => {
        const updated = await named(() => alerts.update(actorOf(context), context.tenant, idOf(context.params), toAlertInput(context.body)));
        return { status: 200, body: toAlertJson(updated) };
      },
    }),
    ...defineTenantRoutes(FORMS, {
      method: 'DELETE',
      path: '/alerts/{id}',
      operationId: 'deleteAlert',
      tag: 'alerts',
      summary: 'Delete an alert; if it is firing, its receivers are told that it is resolved.',
      access: { kind: 'role', role: 'member' },
      params: ID_PARAM,
      responses: { 204: { description: 'Deleted.' } },
      handle: async (context) => {
        await alerts.delete(actorOf(context), context.tenant, idOf(context.params));
        return { status: 204 };
      },
    }),
    ...defineTenantRoutes(FORMS, {
      method: 'GET',
      path: '/alerts/{id}/history',
      operationId: 'getAlertHistory',
      tag: 'alerts',
      summary: 'State, transitions and deliveries of an alert, newest first.',
      access: { kind: 'role', role: 'viewer' },
      params: ID_PARAM,
      query: Page,
      responses: { 200: { description: 'One page.', schema: AlertHistorySchema, headers: { Link: 'The next and the previous page, where there are any (RFC 8288).' } } },
      handle: async (context) => {
        const { limit = DEFAULT_LIMIT, offset = 0 } = context.query;
        const id = idOf(context.params);
        const page = await alertHistory.page(context.tenant, id, { limit, offset });
        return { status: 200, body: toHistoryJson(page), headers: links(`${context.baseUrl}${tenantPath(context.tenant)}/alerts/${id}/history`, limit, offset, page.more) };
      },
    }),
  ];
}

function actorOf({ user, clientAddress }: RequestFacts & { readonly user: User }): Actor {
  return { userId: user.id, email: user.email, from: clientAddress };
}

/** Ids are decimal; anything else names no alert, and would be no number to the config store. */
function idOf(params: Readonly<Record<string, string>>): string {
  const id = params['id'] ?? '';
  if (!/^[1-9][0-9]{0,17}$/.test(id)) throw new CaveError('not_found', 'There is no such alert.', { reason: 'unknown_alert' });
  return id;
}

/** Turns the setting that an error is about into the path of a field of the body. */
async function named<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof CaveError) || typeof error.details['field'] !== 'string') throw error;
    const { field, ...details } = error.details;
    const errors = [{ in: 'body', path: `/${String(field)}`, message: error.message }];
    throw new CaveError(error.code, error.message, { cause: error, details: { ...details, errors }, ...(error.reason === undefined ? {} : { reason: error.reason }) });
  }
}

function links(url: string, limit: number, offset: number, more: boolean): Readonly<Record<string, string>> {
  const link = (start: number, rel: string): string => `<${url}?limit=${limit}&offset=${start}>; rel="${rel}"`;
  const found = [...(more ? [link(offset + limit, 'next')] : []), ...(offset > 0 ? [link(Math.max(0, offset - limit), 'prev')] : [])];
  return found.length === 0 ? {} : { Link: found.join(', ') };
}
