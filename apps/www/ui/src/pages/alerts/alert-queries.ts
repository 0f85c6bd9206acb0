import { keepPreviousData, useQuery, type UseQueryResult } from '@tanstack/react-query';
import { answer, dataOf, tenantApi, type TenantName } from '../../api/client.js';
import { tenantKey } from '../../api/tenants.js';
import { totalCount } from '../../api/total-count.js';
import type { Alert, AlertHistory } from './alert.js';
import { listQuery, type AlertListView } from './list-view.js';

/** How often what is shown is asked for again; not while the tab is hidden. */
export const REFRESH_MS = 10_000;
const EVENTS_PER_PAGE = 20;
/** Names of so many are at hand for announcing; the count is that of all. */
const FIRING_AT_HAND = 50;

/** Whatever is asked about the alerts of a tenant has a key that begins so. */
export function alertsKey(tenant: TenantName, ...rest: readonly unknown[]): readonly unknown[] {
  return tenantKey(tenant, 'alerts', ...rest);
}

/** A part of a list, and how many there are in all. */
export interface AlertPage {
  readonly alerts: readonly Alert[];
  readonly total: number;
}

/** One page of the list; what was there before stays until another page or filter has its answer. */
export function useAlertList(tenant: TenantName, view: AlertListView): UseQueryResult<AlertPage> {
  const query = listQuery(view);
  return useQuery({
    queryKey: alertsKey(tenant, 'list', query),
    queryFn: ({ signal }) => loadAlerts(tenant, query, signal),
    placeholderData: keepPreviousData,
    refetchInterval: REFRESH_MS,
  });
}

/** What fires now, the newest first, whatever the list shows. */
export function useFiringAlerts(tenant: TenantName): UseQueryResult<AlertPage> {
  return useQuery({
    queryKey: alertsKey(tenant, 'firing'),
    queryFn: ({ signal }) => loadAlerts(tenant, { state: 'firing', sort: 'urgency', limit: FIRING_AT_HAND }, signal),
    refetchInterval: REFRESH_MS,
  });
}

export function alertKey(tenant: TenantName, id: string): readonly unknown[] {
  return alertsKey(tenant, 'one', id);
}

export function useAlert(tenant: TenantName, id: string): UseQueryResult<Alert> {
  return useQuery({
    queryKey: alertKey(tenant, id),
    queryFn: ({ signal }) => dataOf(tenantApi(tenant).GET('/alerts/{id}', { params: { path: { id } }, signal })),
    refetchInterval: REFRESH_MS,
  });
}

export interface HistoryPage {
  readonly history: AlertHistory;
  /** There are older events. */
  readonly more: boolean;
}

/** One page of what the alert did, from 1. */
export function useAlertHistory(tenant: TenantName, id: string, page: number): UseQueryResult<HistoryPage> {
  return useQuery({
    queryKey: alertsKey(tenant, 'history', id, page),
    queryFn: async ({ signal }): Promise<HistoryPage> => {
      const query = { limit: EVENTS_PER_PAGE, offset: (page - 1) * EVENTS_PER_PAGE };
      const { data, response } = await answer(tenantApi(tenant).GET('/alerts/{id}/history', { params: { path: { id }, query }, signal }));
      return { history: data, more: /;\s*rel="?next"?/.test(response.headers.get('Link') ?? '') };
    },
    placeholderData: keepPreviousData,
    refetchInterval: REFRESH_MS,
  });
}

async function loadAlerts(tenant: TenantName, query: ReturnType<typeof listQuery> | { readonly state: 'firing'; readonly sort: 'urgency'; readonly limit: number }, signal: AbortSignal): Promise<AlertPage> {
  const { data, response } = await answer(tenantApi(tenant).GET('/alerts', { params: { query }, signal }));
  return { alerts: data, total: totalCount(response) };
}
