import { conditionWarnings, parseCondition, printDuration, relatedMetrics, type AlertHistoryPage, type AlertInput, type AlertStatus, type AlertWithStatus, type LoggedDelivery } from '@cave/core';
import type { Static } from '@sinclair/typebox';
import type { AlertChangeBody, AlertHistorySchema, AlertSchema, AlertStatusSchema } from './alert-schemas.js';
import { toIso } from './times.js';

/** An alert as the api shows it; settings that are not set are left out, as in the first CAVE. */
export function toAlertJson({ alert, status }: AlertWithStatus): Static<typeof AlertSchema> {
  const condition = parseCondition(alert.condition);
  const warnings = conditionWarnings(condition);
  return {
    id: alert.id,
    description: alert.description,
    enabled: alert.enabled,
    period: alert.period,
    condition: alert.condition,
    ...(alert.handbookUrl === null ? {} : { handbook_url: alert.handbookUrl }),
    ...(alert.routing === null ? {} : { routing: { ...alert.routing } }),
    ...(alert.repeatIntervalSeconds === null ? {} : { repeat_interval: printDuration(alert.repeatIntervalSeconds) }),
    notify: alert.notify,
    notify_no_data: alert.notifyNoData,
    notify_error: alert.notifyError,
    ...(alert.lookbackSeconds === null ? {} : { lookback: printDuration(alert.lookbackSeconds) }),
    status: toStatusJson(status),
    related_metrics: relatedMetrics(condition).map((metric) => ({ ...metric, tags: { ...metric.tags } })),
    ...(warnings.length === 0 ? {} : { warnings: warnings.map((warning) => ({ ...warning })) }),
  };
}

/** The settings that a body sends; `undefined` where it does not. */
export function toAlertInput(body: Static<typeof AlertChangeBody>): AlertInput {
  return {
    description: body.description,
    enabled: body.enabled,
    period: body.period,
    condition: body.condition,
    handbookUrl: body.handbook_url,
    routing: body.routing,
    repeatInterval: body.repeat_interval,
    notify: body.notify,
    notifyNoData: body.notify_no_data,
    notifyError: body.notify_error,
    lookback: body.lookback,
  };
}

function toStatusJson({ state, since, health, lastTick }: AlertStatus): Static<typeof AlertStatusSchema> {
  return { state, since: isoOrNull(since), health, last_check: isoOrNull(lastTick) };
}

export function toHistoryJson({ status, events }: AlertHistoryPage): Static<typeof AlertHistorySchema> {
  return {
    state: toStatusJson(status),
    events: events.map((event) => ({
      id: event.id,
      type: event.type,
      time: toIso(event.tick),
      state: event.state,
      since: isoOrNull(event.since),
      health: event.health,
      reason: event.reason,
      superseded: event.superseded,
      values: event.values.map(({ time, left, right }) => ({ time: isoOrNull(time), left, right })),
      deliveries: event.deliveries.map(toDeliveryJson),
    })),
  };
}

function toDeliveryJson(delivery: LoggedDelivery): Static<typeof AlertHistorySchema>['events'][number]['deliveries'][number] {
  return {
    receiver: shownReceiver(delivery.receiver),
    status: delivery.status,
    created: delivery.createdAt.toISOString(),
    attempts: delivery.log.map(({ at, outcome, httpStatus, answer }) => ({ at: at.toISOString(), outcome, http_status: httpStatus, answer })),
  };
}

/** `webhook:<url>` without user, path and query: viewers may read this, and those often hold secrets. */
function shownReceiver(receiver: string): string {
  const at = receiver.indexOf(':');
  const kind = receiver.slice(0, at);
  const address = receiver.slice(at + 1);
  return kind !== 'mail' && URL.canParse(address) ? `${kind}:${new URL(address).host}` : receiver;
}

function isoOrNull(seconds: number | null): string | null {
  return seconds === null ? null : toIso(seconds);
}
