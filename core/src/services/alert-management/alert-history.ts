import type { AlertEvent } from '../../domain/alert-event.js';
import type { AlertStatus } from '../../domain/alert-state.js';
import type { ConfigStore, Delivery, DeliveryAttempt, Tenant } from '../../ports/config-store.js';
import { refOf } from '../tenancy/directory.js';
import { unknownAlert } from './alert-management.js';

export type LoggedDelivery = Delivery & { readonly log: readonly DeliveryAttempt[] };

export interface AlertHistoryPage {
  readonly status: AlertStatus;
  /** Newest first, each with what was sent for it. */
  readonly events: readonly (AlertEvent & { readonly deliveries: readonly LoggedDelivery[] })[];
  /** Older events exist. */
  readonly more: boolean;
}

/** What an alert did and who was told; its verdicts tick by tick are the metric `alertsHistory`. */
export class AlertHistory {
  constructor(private readonly store: ConfigStore) {}

  /** Throws `not_found`, also for an alert of another tenant. */
  async page(tenant: Tenant, alertId: string, page: { readonly limit: number; readonly offset: number }): Promise<AlertHistoryPage> {
    const alert = await this.store.alerts.find(refOf(tenant), alertId);
    if (alert === null) throw unknownAlert(alertId);
    const found = await this.store.alertStates.events(alertId, { limit: page.limit + 1, offset: page.offset });
    const events = found.slice(0, page.limit);
    const deliveries = events.length === 0 ? [] : await this.store.deliveries.ofEvents(events.map(({ id }) => id));
    const ofEvent = groupByEvent(deliveries);
    return { status: alert.status, events: events.map((event) => ({ ...event, deliveries: ofEvent.get(event.id) ?? [] })), more: found.length > page.limit };
  }
}

function groupByEvent(deliveries: readonly LoggedDelivery[]): Map<string, LoggedDelivery[]> {
  const groups = new Map<string, LoggedDelivery[]>();
  for (const delivery of deliveries) {
    const group = groups.get(delivery.eventId);
    if (group === undefined) groups.set(delivery.eventId, [delivery]);
    else group.push(delivery);
  }
  return groups;
}
