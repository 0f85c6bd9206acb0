import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Instance } from './support/instance.js';
import { eventually } from './support/eventually.js';
import { Receiver } from './support/receiver.js';
import { call, createTenant, expectCall } from './support/tenant.js';

const KILLS = Number(process.env['CAVE_CRASH_KILLS'] ?? 20);
const CLIENTS = 4;
const BATCH = 50;
/** So that a raw query of one second and client never meets the limit of 1,440. */
const POINTS_PER_SECOND = 1_000;
const ALERT_PERIOD = 2;

interface HistoryEvent {
  readonly id: string;
  readonly type: string;
  readonly superseded: boolean;
  readonly deliveries: readonly { readonly status: string }[];
}

/** What one client sent: the outcome of each batch by its first sequence number. */
class Client {
  readonly acknowledged: number[] = [];
  readonly unanswered: number[] = [];
  #sequence = 0;

  constructor(
    readonly number: number,
    private readonly token: string,
    private readonly start: number,
  ) {}

  async run(url: () => string, stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      const first = this.#sequence;
      this.#sequence += BATCH;
      const metrics = Array.from({ length: BATCH }, (_, i) => this.point(first + i));
      try {
        const { status } = await call(url(), 'POST', '/organizations/crash/metrics', { token: this.token, body: { metrics } });
        if (status === 202) this.acknowledged.push(first);
        else this.unanswered.push(first);
      } catch {
        // The process died before it answered: the batch may be there, once, or not.
        this.unanswered.push(first);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  }

  point(sequence: number): { name: string; timestamp: number; value: number; tags: Record<string, string> } {
    return { name: 'load', timestamp: this.start + Math.floor(sequence / POINTS_PER_SECOND), value: sequence, tags: { client: String(this.number) } };
  }

  get sent(): number {
    return this.#sequence;
  }
}

describe('a process that is killed again and again', function () {
  this.timeout(15 * 60_000);
  let directory: string;
  let receiver: Receiver;
  let instance: Instance | undefined;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'cave-crash-'));
    receiver = await Receiver.start();
  });

  after(async () => {
    await instance?.kill();
    await receiver.close();
    await rm(directory, { recursive: true });
  });

  it(`loses no acknowledged point, doubles none, records every due tick once and tells every event in order, over ${KILLS} kills`, async () => {
    instance = await Instance.start({ directory });
    const port = Number(new URL(instance.url).port);
    const { url } = instance;
    const { session, token } = await createTenant(url, directory, 'crash', receiver.url);
    const now = Math.floor(Date.now() / 1000);
    await expectCall(202, url, 'POST', '/organizations/crash/metrics', { token, body: { metrics: [{ name: 'flip', timestamp: now, value: 0, tags: {} }] } });
    const alertIds: string[] = [];
    for (let i = 0; i < 3; i += 1) {
      const alert = await expectCall<{ id: string }>(201, url, 'POST', '/organizations/crash/alerts', {
        token: session,
        body: { description: `flip ${i}`, enabled: true, period: `${ALERT_PERIOD}s`, condition: 'flip > 0', handbook_url: null, routing: null },
      });
      alertIds.push(alert.id);
    }

    const stop = new AbortController();
    const clients = Array.from({ length: CLIENTS }, (_, i) => new Client(i, token, now - 80_000));
    const publishing = [...clients.map((client) => client.run(() => url, stop.signal)), flip(() => url, token, stop.signal)];
    for (let kill = 0; kill < KILLS; kill += 1) {
      await new Promise((resolve) => setTimeout(resolve, 300 + Math.random() * 4_000));
      await instance.kill();
      instance = await Instance.start({ directory, port });
    }
    stop.abort();
    await Promise.all(publishing);

    await checkPoints(url, session, clients);
    await checkLedger(url, session, alertIds);
    await checkEvents(url, session, alertIds, receiver);
    expect(await instance.stop(), instance.printed).to.equal(0);
    instance = undefined;
  });
});

/** Turns the alerts on and off every few seconds. */
async function flip(url: () => string, token: string, stop: AbortSignal): Promise<void> {
  for (let value = 1; !stop.aborted; value = 1 - value) {
    const until = performance.now() + 5_000;
    while (performance.now() < until && !stop.aborted) {
      const timestamp = Math.floor(Date.now() / 1000);
      // A process that is down takes no points; the next second brings the next try.
      await call(url(), 'POST', '/organizations/crash/metrics', { token, body: { metrics: [{ name: 'flip', timestamp, value, tags: {} }] } }).catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }
}

async function checkPoints(url: string, session: string, clients: readonly Client[]): Promise<void> {
  let acknowledged = 0;
  let unansweredStored = 0;
  for (const client of clients) {
    const stored = await eventually(`all points of client ${client.number}`, async () => {
      const found = await readPoints(url, session, client);
      return client.acknowledged.every((first) => found.has(first)) ? found : undefined;
    }, 60_000);
    const doubled = [...stored].filter(([, times]) => times !== 1);
    expect(doubled, 'points that count more than once').to.deep.equal([]);
    const expected = new Set<number>();
    for (const first of client.acknowledged) for (let i = 0; i < BATCH; i += 1) expected.add(first + i);
    for (const sequence of expected) if (!stored.has(sequence)) throw new Error(`point ${sequence} of client ${client.number} was acknowledged and is lost`);
    const possible = new Set(client.unanswered.flatMap((first) => Array.from({ length: BATCH }, (_, i) => first + i)));
    for (const sequence of stored.keys()) {
      if (expected.has(sequence)) continue;
      if (!possible.has(sequence)) throw new Error(`point ${sequence} of client ${client.number} was never sent`);
      unansweredStored += 1;
    }
    acknowledged += expected.size;
  }
  console.log(`      ${acknowledged} points acknowledged and there exactly once; ${unansweredStored} of unanswered requests there once`);
  expect(acknowledged).to.be.greaterThan(0);
}

/** How often each value is stored. */
async function readPoints(url: string, session: string, client: Client): Promise<Map<number, number>> {
  const found = new Map<number, number>();
  const first = client.point(0).timestamp;
  const last = client.point(client.sent).timestamp;
  for (let second = first; second <= last; second += 1) {
    const query = new URLSearchParams({ metric: 'load', tags: `client:${client.number}`, start: iso(second), end: iso(second + 1) });
    const { metrics } = await expectCall<{ metrics: { value: number }[] }>(200, url, 'GET', `/organizations/crash/metrics?${query.toString()}`, { token: session });
    for (const { value } of metrics) found.set(value, (found.get(value) ?? 0) + 1);
  }
  return found;
}

/** One row for each due tick from the first to the last, none twice. */
async function checkLedger(url: string, session: string, alertIds: readonly string[]): Promise<void> {
  const recordedAfter = Math.floor(Date.now() / 1000);
  for (const id of alertIds) {
    const ticks = await eventually(`the ledger of alert ${id}`, async () => {
      const query = new URLSearchParams({ metric: 'alertsHistory', tags: `alert:${id}` });
      const { metrics } = await expectCall<{ metrics: { time: string }[] }>(200, url, 'GET', `/organizations/crash/metrics?${query.toString()}`, { token: session });
      const times = metrics.map(({ time }) => Date.parse(time) / 1000).sort((a, b) => a - b);
      return (times.at(-1) ?? 0) >= recordedAfter ? times : undefined;
    }, 90_000);
    for (let i = 1; i < ticks.length; i += 1) expect((ticks[i] as number) - (ticks[i - 1] as number), `ticks ${ticks[i - 1]} and ${ticks[i]} of alert ${id}`).to.equal(ALERT_PERIOD);
    console.log(`      alert ${id}: ${ticks.length} due ticks, each recorded once`);
  }
}

/** Each event that was to be told reached the receiver, in order, under one id. */
async function checkEvents(url: string, session: string, alertIds: readonly string[], receiver: Receiver): Promise<void> {
  for (const id of alertIds) {
    const told = await eventually(`all deliveries of alert ${id}`, async () => {
      const { events } = await expectCall<{ events: HistoryEvent[] }>(200, url, 'GET', `/organizations/crash/alerts/${id}/history?limit=1000`, { token: session });
      const toTell = events.filter((event) => !event.superseded);
      return toTell.every((event) => event.deliveries.every((delivery) => delivery.status === 'delivered')) ? toTell.reverse() : undefined;
    }, 60_000);
    const firstArrivals = [...new Set(receiver.received.filter((one) => one.alert === id).map((one) => one.id))];
    const known = told.map((event) => event.id);
    // Checks go on: what was told after the history was read may have arrived beyond it.
    expect(firstArrivals.slice(0, known.length)).to.deep.equal(known);
    expect(told.length, 'events').to.be.greaterThan(1);
    told.forEach((event, i) => {
      if (i > 0) expect(event.type).to.not.equal(told[i - 1]?.type);
    });
    console.log(`      alert ${id}: ${told.length} events told in order`);
  }
}

function iso(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
