import { expect } from 'chai';
import { eventually } from './eventually.js';
import type { Receiver } from './receiver.js';
import { expectCall, type TestTenant } from './tenant.js';
import type { UniqueLoad } from './unique-load.js';

/*
 * How a run with kills is judged: every acknowledged point is there exactly once, every
 * unanswered one at most once, nothing else; the ledger has one row for each due tick; each
 * event reached the receiver, in order, under one id. Each function answers a sentence with
 * what it saw, and throws where the rule is broken.
 */

interface HistoryEvent {
  readonly id: string;
  readonly type: string;
  readonly superseded: boolean;
  readonly deliveries: readonly { readonly status: string }[];
}

export async function checkPoints(url: string, tenant: TestTenant, clients: readonly UniqueLoad[], patienceMs = 60_000): Promise<string> {
  let acknowledged = 0;
  let unansweredStored = 0;
  for (const client of clients) {
    const stored = await eventually(`all points of client ${client.number}`, async () => {
      const found = await readPoints(url, tenant, client);
      return client.acknowledged.every((first) => found.has(first)) ? found : undefined;
    }, patienceMs);
    const doubled = [...stored].filter(([, times]) => times !== 1);
    expect(doubled, 'points that count more than once').to.deep.equal([]);
    const { acknowledged: expected, unanswered: possible } = client.sequences;
    for (const sequence of expected) if (!stored.has(sequence)) throw new Error(`point ${sequence} of client ${client.number} was acknowledged and is lost`);
    for (const sequence of stored.keys()) {
      if (expected.has(sequence)) continue;
      if (!possible.has(sequence)) throw new Error(`point ${sequence} of client ${client.number} was never sent`);
      unansweredStored += 1;
    }
    acknowledged += expected.size;
  }
  expect(acknowledged).to.be.greaterThan(0);
  return `${acknowledged} points acknowledged and there exactly once; ${unansweredStored} of unanswered requests there once`;
}

/** How often each value is stored. */
async function readPoints(url: string, tenant: TestTenant, client: UniqueLoad): Promise<Map<number, number>> {
  const found = new Map<number, number>();
  const first = client.point(0).timestamp;
  const last = client.point(client.sent).timestamp;
  for (let second = first; second <= last; second += 1) {
    const query = new URLSearchParams({ metric: 'load', tags: `client:${client.number}`, start: iso(second), end: iso(second + 1) });
    const { metrics } = await expectCall<{ metrics: { value: number }[] }>(200, url, 'GET', `/organizations/${tenant.organization}/metrics?${query.toString()}`, { token: tenant.session });
    for (const { value } of metrics) found.set(value, (found.get(value) ?? 0) + 1);
  }
  return found;
}

/** One row for each due tick from the first to the last, none twice. */
export async function checkLedger(url: string, tenant: TestTenant, alertIds: readonly string[], periodSeconds: number, patienceMs = 90_000): Promise<string> {
  const seen: string[] = [];
  const recordedAfter = Math.floor(Date.now() / 1000);
  for (const id of alertIds) {
    const ticks = await eventually(`the ledger of alert ${id}`, async () => {
      const query = new URLSearchParams({ metric: 'alertsHistory', tags: `alert:${id}` });
      const { metrics } = await expectCall<{ metrics: { time: string }[] }>(200, url, 'GET', `/organizations/${tenant.organization}/metrics?${query.toString()}`, { token: tenant.session });
      const times = metrics.map(({ time }) => Date.parse(time) / 1000).sort((a, b) => a - b);
      return (times.at(-1) ?? 0) >= recordedAfter ? times : undefined;
    }, patienceMs);
    for (let i = 1; i < ticks.length; i += 1) expect((ticks[i] as number) - (ticks[i - 1] as number), `ticks ${ticks[i - 1]} and ${ticks[i]} of alert ${id}`).to.equal(periodSeconds);
    seen.push(`alert ${id}: ${ticks.length} due ticks, each recorded once`);
  }
  return seen.join('; ');
}

/** Each event that was to be told reached the receiver, in order, under one id. */
export async function checkEvents(url: string, tenant: TestTenant, alertIds: readonly string[], receiver: Receiver, patienceMs = 60_000): Promise<string> {
  const seen: string[] = [];
  for (const id of alertIds) {
    const told = await eventually(`all deliveries of alert ${id}`, async () => {
      const { events } = await expectCall<{ events: HistoryEvent[] }>(200, url, 'GET', `/organizations/${tenant.organization}/alerts/${id}/history?limit=1000`, { token: tenant.session });
      const toTell = events.filter((event) => !event.superseded);
      return toTell.every((event) => event.deliveries.every((delivery) => delivery.status === 'delivered')) ? toTell.reverse() : undefined;
    }, patienceMs);
    const firstArrivals = [...new Set(receiver.received.filter((one) => one.alert === id).map((one) => one.id))];
    const known = told.map((event) => event.id);
    // Checks go on: what was told after the history was read may have arrived beyond it.
    expect(firstArrivals.slice(0, known.length)).to.deep.equal(known);
    expect(told.length, 'events').to.be.greaterThan(1);
    told.forEach((event, i) => {
      if (i > 0) expect(event.type).to.not.equal(told[i - 1]?.type);
    });
    seen.push(`alert ${id}: ${told.length} events told in order`);
  }
  return seen.join('; ');
}

function iso(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
