import { eventually, expectCall, type TestTenant } from '@cave/app-all-in-one/test-support';
import type { Locator, Page } from 'playwright-core';
import type { Stage } from './browser.js';

/** A check comes each second, a page asks every ten; the deadline only bounds a failure. */
export const SOON_MS = 60_000;

/** So that notifications reach a receiver on this machine. */
export const LOCAL_RECEIVERS = { WORKER_NOTIFICATIONS_ALLOW_NETWORKS: '127.0.0.0/8' };

export interface ApiAlert {
  readonly id: string;
  readonly description: string;
  readonly enabled: boolean;
  readonly period: string;
  readonly status: { readonly state: 'ok' | 'firing' };
}

/** Creates an alert over the api that is checked each second, unless `settings` say otherwise. */
export function createAlert(stage: Stage, { organization, session }: TestTenant, settings: Readonly<Record<string, unknown>>): Promise<ApiAlert> {
  const body = { enabled: true, period: '1s', condition: 'load > 5', ...settings };
  return expectCall<ApiAlert>(201, stage.apiUrl, 'POST', `/organizations/${organization}/alerts`, { token: session, body });
}

export function alertsOf(stage: Stage, { organization, session }: TestTenant): Promise<readonly ApiAlert[]> {
  return expectCall<readonly ApiAlert[]>(200, stage.apiUrl, 'GET', `/organizations/${organization}/alerts?limit=1000`, { token: session });
}

/** Waits until the api says so of the alert. */
export function untilAlert(stage: Stage, tenant: TestTenant, id: string, is: (alert: ApiAlert) => boolean): Promise<ApiAlert> {
  return eventually(`the change of alert ${id}`, async () => (await alertsOf(stage, tenant)).find((alert) => alert.id === id && is(alert)), SOON_MS);
}

/** Publishes the load of now. */
export function publishLoad(stage: Stage, tenant: TestTenant, value: number): Promise<void> {
  return stage.publish(tenant, [{ name: 'load', timestamp: Math.floor(Date.now() / 1000), value }]);
}

/** The row of the list with this description. */
export function rowOf(page: Page, description: string): Locator {
  return page.getByTestId('alert').filter({ has: page.getByRole('link', { name: description, exact: true }) });
}
