import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient, type QueryClient, type UseMutationResult } from '@tanstack/react-query';
import { dataOf, tenantApi, type TenantName } from '../../api/client.js';
import type { Alert } from './alert.js';
import { alertKey, alertsKey, type AlertPage } from './alert-queries.js';
import { bodyOf, changesOf, type AlertFormValues } from './form/form-values.js';

interface EnabledChange {
  /** For the message of a failure. */
  readonly description: string;
  readonly enabled: boolean;
}

/**
 * Turns an alert on or off where it is shown: at once, and back again with a message when the api
 * refuses. Changes of one alert are sent one after the other.
 */
export function useSetEnabled(tenant: TenantName, id: string): UseMutationResult<Alert, Error, EnabledChange> {
  const client = useQueryClient();
  const mutationKey = alertsKey(tenant, 'set-enabled', id);
  return useMutation<Alert, Error, EnabledChange>({
    mutationKey,
    scope: { id: JSON.stringify(mutationKey) },
    mutationFn: ({ enabled }) => dataOf(tenantApi(tenant).PATCH('/alerts/{id}', { params: { path: { id } }, body: { enabled } })),
    onMutate: async ({ enabled }) => {
      // An answer that is on its way would show the switch as it was.
      await Promise.all([client.cancelQueries({ queryKey: alertsKey(tenant, 'list') }), client.cancelQueries({ queryKey: alertKey(tenant, id) })]);
      showEnabled(client, tenant, id, enabled);
    },
    onError: (error, { description, enabled }) => {
      showEnabled(client, tenant, id, !enabled);
      notifications.show({ color: 'red', title: `"${description}" is ${enabled ? 'still disabled' : 'still enabled'}`, message: error.message, autoClose: false });
    },
    onSettled: () => {
      // With another change to come, an answer would show the switch as it is in between.
      if (client.isMutating({ mutationKey }) === 1) void client.invalidateQueries({ queryKey: alertsKey(tenant) });
    },
  });
}

/** Creates an alert (`id` is null), or changes what differs from `saved`. */
export function useSaveAlert(tenant: TenantName, id: string | null, saved: AlertFormValues): UseMutationResult<Alert, Error, AlertFormValues> {
  const client = useQueryClient();
  return useMutation<Alert, Error, AlertFormValues>({
    mutationFn: (values) => (id === null
      ? dataOf(tenantApi(tenant).POST('/alerts', { body: bodyOf(values) }))
      : dataOf(tenantApi(tenant).PATCH('/alerts/{id}', { params: { path: { id } }, body: changesOf(saved, values) }))),
    onSuccess: async (alert) => {
      client.setQueryData(alertKey(tenant, alert.id), alert);
      await client.invalidateQueries({ queryKey: alertsKey(tenant) });
    },
  });
}

/** Deletes an alert for good. */
export function useDeleteAlert(tenant: TenantName): UseMutationResult<void, Error, string> {
  const client = useQueryClient();
  return useMutation<void, Error, string>({
    mutationFn: async (id) => {
      await dataOf(tenantApi(tenant).DELETE('/alerts/{id}', { params: { path: { id } } }));
    },
    onSuccess: async () => {
      // Pages of the alert itself would only learn that it is gone.
      await Promise.all([client.invalidateQueries({ queryKey: alertsKey(tenant, 'list') }), client.invalidateQueries({ queryKey: alertsKey(tenant, 'firing') })]);
    },
  });
}

function showEnabled(client: QueryClient, tenant: TenantName, id: string, enabled: boolean): void {
  client.setQueriesData<AlertPage>({ queryKey: alertsKey(tenant, 'list') }, (page) => page && { ...page, alerts: page.alerts.map((alert) => (alert.id === id ? { ...alert, enabled } : alert)) });
  client.setQueryData<Alert>(alertKey(tenant, id), (alert) => alert && { ...alert, enabled });
}
