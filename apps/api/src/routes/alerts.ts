import { CaveError, type Actor, type AlertHistory, type AlertManagement, type User } from '@cave/core';
import { Type } from '@sinclair/typebox';
import { defineTenantRoutes, tenantPath, type RequestFacts, type Route, type TenantForm } from '../http/route.js';
import { toAlertInput, toAlertJson, toHistoryJson } from './alert-json.js';
import { AlertChangeBody, AlertHistorySchema, AlertList, AlertListQuery, AlertSchema, NewAlertBody } from './alert-schemas.js';
import { LINK_HEADER, linksOf, pageOf, pageParameters } from './pages.js';

export interface AlertRouteDependencies {
  readonly alerts: AlertManagement;
  readonly alertHistory: AlertHistory;
}

const FORMS: readonly TenantForm[] = ['organization', 'team'];
const ID_PARAM = { id: 'Id of the alert.' } as const;

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
        const created = await named(() => alerts.create(actorOf(context), tenant, input));
        return { status: 201, body: toAlertJson(created), headers: { Location: `${context.baseUrl}${tenantPath(tenant)}/alerts/${created.alert.id}` } };
      },
    }),
    ...defineTenantRoutes(FORMS, {
      method: 'GET',
      path: '/alerts',
      operationId: 'listAlerts',
      tag: 'alerts',
      summary: 'Alerts with their state: all of them, or those that match.',
      access: { kind: 'role', role: 'member' },
      query: AlertListQuery,
      responses: { 200: { description: 'One page.', schema: AlertList, headers: { Link: LINK_HEADER, 'X-Total-Count': 'How many alerts match, on all pages together.' } } },
      handle: async (context) => {
        const { tenant, query } = context;
        const { q, state, health, enabled, sort } = query;
        const page = pageOf(query);
        const filter = { text: q, state, health, enabled };
        const [found, count] = await Promise.all([alerts.list(tenant, filter, { order: sort ?? 'created', ...page }), alerts.count(tenant, filter)]);
        const links = linksOf(`${context.baseUrl}${tenantPath(tenant)}/alerts`, page, page.offset + found.length < count, { q, state, health, enabled, sort });
        return { status: 200, body: found.map(toAlertJson), headers: { ...links, 'X-Total-Count': String(count) } };
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
      query: Type.Object(pageParameters, { additionalProperties: false }),
      responses: { 200: { description: 'One page.', schema: AlertHistorySchema, headers: { Link: LINK_HEADER } } },
      handle: async (context) => {
        const page = pageOf(context.query);
        const id = idOf(context.params);
        const history = await alertHistory.page(context.tenant, id, page);
        return { status: 200, body: toHistoryJson(history), headers: linksOf(`${context.baseUrl}${tenantPath(context.tenant)}/alerts/${id}/history`, page, history.more) };
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
