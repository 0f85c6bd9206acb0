import type { ApiClient } from '../client/api-client.js';
import { tagFilter } from '../client/paths.js';
import { publishPoints } from '../client/publish.js';
import type { AlertHistoryJson, AlertJson, MetricValuesJson } from '../client/types.js';
import { eventually, must } from './eventually.js';
import { mustBeSigned, type Webhook, type WebhookReceiver } from './receiver.js';
import type { Report } from './report.js';
import type { WalkthroughTenant } from './tenants.js';

const METRIC = 'walkthrough.load';
const CALM = 50;
const HIGH = 150;

interface WebhookBody {
  readonly schedule: {
    readonly organization: { readonly name: string };
    readonly team: { readonly name: string } | null;
    readonly notification_url: string;
    readonly alert: { readonly id: string; readonly condition: string; readonly description: string };
  };
  readonly timestamp: number;
  readonly event: { readonly id: string; readonly type: string; readonly state: string; readonly values: readonly { readonly left: number | null; readonly right: number | null }[] };
}

/** An alert from its creation over "triggered" and "resolved" to its history. */
export async function alertCycle(report: Report, user: ApiClient, publisher: ApiClient, tenant: WalkthroughTenant, receiver: WebhookReceiver): Promise<void> {
  let last = 0;
  // Each in a second of its own: which of two points of one second is the newer is open where several apis number them.
  const publish = (value: number) => {
    last = Math.max(last + 1, Math.floor(Date.now() / 1000));
    return publishPoints(publisher, tenant.path, [{ name: METRIC, timestamp: last, value, tags: { host: 'a' } }]);
  };
  await report.step('publish a harmless value', () => publish(CALM), () => `${METRIC} = ${CALM}`);
  const alert = await report.step(
    'create an alert',
    () => user.call<AlertJson>('POST', `${tenant.path}/alerts`, { body: { description: 'walkthrough: the load is high', enabled: true, period: '1s', condition: `${METRIC} [host: a] > 100` } }),
    ({ condition }) => `${condition}, checked every second`,
  );
  report.made('alert', () => user.call('DELETE', `${tenant.path}/alerts/${alert.id}`));

  await report.step('publish a value that must fire', () => publish(HIGH), () => `${METRIC} = ${HIGH}`);
  const triggered = await report.step('receive the webhook "triggered"', () => receive(receiver, tenant, alert, { type: 'triggered', state: 'firing', value: HIGH }), describe);
  await report.step('publish a value that must resolve', () => publish(CALM), () => `${METRIC} = ${CALM}`);
  const resolved = await report.step('receive the webhook "resolved"', () => receive(receiver, tenant, alert, { type: 'resolved', state: 'ok', value: CALM }), describe);
  must(triggered.event.id !== resolved.event.id, 'Two events came under one id.');

  await report.step('read the history of the alert', () => history(user, tenant, alert, [triggered, resolved]), (events) => `${events} events, both delivered`);
  await report.step('read the history as a metric', () => ledger(user, tenant, alert, triggered.timestamp, resolved.timestamp), (rows) => `alertsHistory has ${rows} checks, 1 when it fired and 0 when it resolved`);
}

/** The first webhook of that type, once it has come, checked field by field. */
async function receive(receiver: WebhookReceiver, tenant: WalkthroughTenant, alert: AlertJson, expected: { readonly type: string; readonly state: string; readonly value: number }): Promise<WebhookBody> {
  const { webhook, body } = await eventually(`The webhook "${expected.type}"`, async () =>
    receiver.received.map((received) => ({ webhook: received, body: parse(received) })).find((received) => received.body.event.type === expected.type));
  mustBeSigned(webhook, tenant.signingSecret);
  const { schedule, event } = body;
  must(webhook.path === new URL(receiver.url).pathname + new URL(receiver.url).search, `The webhook came to ${webhook.path}.`);
  must(schedule.organization.name === tenant.organization && schedule.team?.name === tenant.team, 'The webhook names another organization or team.');
  must(schedule.notification_url === receiver.url, `The webhook names the notification URL ${schedule.notification_url}.`);
  must(schedule.alert.id === alert.id && schedule.alert.condition === alert.condition && schedule.alert.description === alert.description, 'The webhook describes another alert.');
  must(event.state === expected.state, `The webhook says that the alert is ${event.state}, not ${expected.state}.`);
  must(event.values[0]?.left === expected.value && event.values[0].right === 100, `The webhook says that ${JSON.stringify(event.values[0])} was compared, not ${expected.value} with 100.`);
  must(webhook.headers['x-cave-event-id'] === event.id, 'The header x-cave-event-id differs from the id in the body.');
  return body;
}

function describe({ event, timestamp }: WebhookBody): string {
  return `check of ${iso(timestamp)}, event ${event.id}, signature verified`;
}

async function history(user: ApiClient, tenant: WalkthroughTenant, alert: AlertJson, expected: readonly WebhookBody[]): Promise<number> {
  return eventually('The delivery of both events in the history of the alert', async () => {
    const { events, state } = await user.call<AlertHistoryJson>('GET', `${tenant.path}/alerts/${alert.id}/history`);
    const delivered = events.filter(({ deliveries }) => deliveries.some(({ status }) => status === 'delivered')).map(({ id }) => id);
    return state.state === 'ok' && expected.every(({ event }) => delivered.includes(event.id)) ? events.length : undefined;
  });
}

/** `alertsHistory` holds one row for each check: 1 at the tick that fired, 0 at the one that resolved. */
async function ledger(user: ApiClient, tenant: WalkthroughTenant, alert: AlertJson, firedAt: number, resolvedAt: number): Promise<number> {
  return eventually('The state of the alert in the metric alertsHistory', async () => {
    const { metrics } = await user.call<MetricValuesJson>('GET', `${tenant.path}/metrics`, { query: { metric: 'alertsHistory', tags: tagFilter({ alert: alert.id }) } });
    const valuesAt = (tick: number) => metrics.filter(({ time }) => Date.parse(time) === tick * 1000).map(({ value }) => value);
    const [fired, resolved] = [valuesAt(firedAt), valuesAt(resolvedAt)];
    if (fired.length === 0 || resolved.length === 0) return undefined;
    must(fired.length === 1 && fired[0] === 1, `alertsHistory holds ${fired.join(', ')} at the check that fired, not 1 once.`);
    must(resolved.length === 1 && resolved[0] === 0, `alertsHistory holds ${resolved.join(', ')} at the check that resolved, not 0 once.`);
    return metrics.length;
  });
}

function parse({ body }: Webhook): WebhookBody {
  return JSON.parse(body) as WebhookBody;
}

function iso(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
