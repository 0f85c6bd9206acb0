import { defineAdapter, type Notification, type NotificationRequest, type Notifier } from '@cave/core';
import { HTTP_NOTIFIER_OPTIONS, HttpNotifier, type HttpNotifierOptions, type Prepared } from './http-notifier.js';

const GENERIC_PATH = '/generic/2010-04-15/create_event.json';
const EVENTS_V2_PATH = '/v2/enqueue';
/** Keys of an alert's routing. */
const SERVICE_KEY = 'pagerduty_service_api_key';
const ROUTING_KEY = 'pagerduty_routing_key';
/** PagerDuty's limit of a summary, in characters. */
const MAX_SUMMARY = 1024;
const HEADERS = { 'content-type': 'application/json', 'user-agent': 'CAVE' };

function pathOf(url: string): string {
  return URL.canParse(url) ? new URL(url).pathname : '';
}

/**
 * PagerDuty's generic events API and Events API v2, told apart by the URL's path. The URL
 * alone decides, so that an alert without a key is refused and not sent as a webhook that
 * PagerDuty would not understand. One alert is one incident.
 */
class PagerDutyNotifier extends HttpNotifier implements Notifier {
  readonly capabilities = { kind: 'pagerduty' };

  handles(url: string): boolean {
    const path = pathOf(url);
    return path.endsWith(GENERIC_PATH) || path === EVENTS_V2_PATH;
  }

  protected prepare({ notification, url }: NotificationRequest): Prepared {
    const generic = pathOf(url).endsWith(GENERIC_PATH);
    const name = generic ? SERVICE_KEY : ROUTING_KEY;
    const key = notification.alert.routing?.[name];
    if (key === undefined || key === '') return { refused: `The alert's routing has no ${name}, which PagerDuty needs.` };
    const body = generic ? genericEvent(key, notification) : eventV2(key, notification);
    // The generic API answers 403 when it throttles, as its reference says.
    return { headers: HEADERS, body: JSON.stringify(body), retryStatuses: generic ? [403] : [] };
  }
}

function action({ event }: Notification): 'trigger' | 'resolve' {
  return event.type === 'resolved' ? 'resolve' : 'trigger';
}

function details({ event, organization, team, cluster, alert }: Notification): object {
  return {
    organization: organization.name,
    team: team?.name ?? null,
    cluster,
    condition: alert.condition,
    handbook_url: alert.handbook_url,
    event: { id: event.id, type: event.type, state: event.state, since: event.since, values: event.values },
  };
}

function genericEvent(serviceKey: string, notification: Notification): object {
  return {
    service_key: serviceKey,
    incident_key: notification.alert.id,
    event_type: action(notification),
    description: notification.alert.description.slice(0, MAX_SUMMARY),
    client: 'CAVE',
    client_url: notification.url,
    details: details(notification),
  };
}

function eventV2(routingKey: string, notification: Notification): object {
  const { organization, team, alert } = notification;
  return {
    routing_key: routingKey,
    event_action: action(notification),
    dedup_key: alert.id,
    client: 'CAVE',
    client_url: notification.url,
    links: alert.handbook_url === null ? [] : [{ href: alert.handbook_url, text: 'Handbook' }],
    payload: {
      summary: alert.description.slice(0, MAX_SUMMARY),
      source: team === null ? organization.name : `${team.name}.${organization.name}`,
      severity: 'critical',
      custom_details: details(notification),
    },
  };
}

export default defineAdapter<'notifier', HttpNotifierOptions>({
  port: 'notifier',
  name: 'pagerduty',
  capabilities: { kind: 'pagerduty' },
  options: HTTP_NOTIFIER_OPTIONS,
  create: (options) => new PagerDutyNotifier(options),
});
