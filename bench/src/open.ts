import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTenant, expectCall, type TestTenant } from '@cave/app-all-in-one/test-support';
import { Stack } from '@cave/stack';
import { bareInfluxWriter } from './bare-influxdb.js';
import { bareKafkaProducer } from './bare-kafka.js';
import { generateLoad } from './load-generator.js';
import type { BenchOptions } from './options.js';
import { percentile, printTable } from './report.js';

const CONNECTIONS = 64;
const POINTS_PER_REQUEST = 100;
const SERIES = 1_000;
const STORED_WITHIN_MS = 600_000;

/**
 * The way of a point on the open stack: HTTP from this process → api → Kafka → dbwriter →
 * InfluxDB, one instance of each service. Beside it, in the same run on the same servers, the
 * same number of points pushed by a bare kafkajs producer, and by a bare InfluxDB writer.
 */
export async function run(options: BenchOptions): Promise<void> {
  const seconds = options.seconds ?? 60;
  const directory = await mkdtemp(join(tmpdir(), 'cave-bench-'));
  let stack: Stack | undefined;
  try {
    stack = await Stack.start({ directory });
    const url = stack.instances('api')[0]?.url ?? '';
    const tenant = await createTenant(url, directory, 'bench');
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), seconds * 1000);
    const started = performance.now();
    const load = await generateLoad({ url, organization: tenant.organization, token: tenant.token, connections: CONNECTIONS, pointsPerRequest: POINTS_PER_REQUEST, series: SERIES }, stop.signal);
    const acceptedMs = performance.now() - started;
    clearTimeout(timer);
    await stored(url, tenant, load.accepted);
    const storedMs = performance.now() - started;
    await Promise.all(stack.services.map((service) => service.stop()));
    const { kafka, influxdb } = { kafka: stack.server('kafka').address, influxdb: stack.server('influxdb').address };
    const producer = await bareKafkaProducer(kafka.host, load.accepted, POINTS_PER_REQUEST, SERIES);
    const writer = await bareInfluxWriter(influxdb, load.accepted, SERIES);
    const rate = (load.accepted / storedMs) * 1000;
    printTable(`open: batches of ${POINTS_PER_REQUEST} over ${CONNECTIONS} connections, ${SERIES} series, ${seconds} s`, [
      { what: 'accepted durably by Kafka', figure: (load.accepted / acceptedMs) * 1000, unit: 'points/s' },
      { what: 'not accepted', figure: JSON.stringify(load.refused) },
      { what: 'latency p50', figure: percentile(load.latencies, 0.5), unit: 'ms' },
      { what: 'latency p99', figure: percentile(load.latencies, 0.99), unit: 'ms' },
      { what: 'stored after the last answer within', figure: storedMs - acceptedMs, unit: 'ms' },
      { what: 'the whole way, until stored', figure: rate, unit: 'points/s' },
      { what: 'kafkajs producer, bare', figure: producer, unit: 'points/s' },
      { what: 'InfluxDB writer, bare', figure: writer, unit: 'points/s' },
      { what: 'share of the slower of the two', figure: (100 * rate) / Math.min(producer, writer), unit: '%' },
    ]);
  } finally {
    await stack?.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

/** Resolves once exactly as many points are stored as were accepted. */
async function stored(url: string, { organization, session }: TestTenant, accepted: number): Promise<void> {
  const end = performance.now() + STORED_WITHIN_MS;
  let count = 0;
  while (performance.now() < end) {
    const { metrics } = await expectCall<{ metrics: { value: number }[] }>(200, url, 'GET', `/organizations/${organization}/metrics?metric=requests&aggregator=count&period=1440`, { token: session });
    count = metrics.reduce((sum, { value }) => sum + value, 0);
    if (count === accepted) return;
    if (count > accepted) break;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  throw new Error(`${accepted} points were accepted, but ${count} are stored.`);
}
