import type { ApiClient } from '../client/api-client.js';
import { tagFilter } from '../client/paths.js';
import { publishPoints } from '../client/publish.js';
import type { MetricValuesJson, PointJson } from '../client/types.js';
import { eventually, must } from './eventually.js';
import { agree, ORACLE, type Aggregator } from './oracle.js';
import type { Report } from './report.js';

const METRIC = 'walkthrough.latency';
const COUNT = 10_000;
const PERIOD_MINUTES = 5;
const WINDOWS = 10;
const HOSTS = ['a', 'b', 'c', 'd'] as const;
const BATCH = 500;

/** Publishes 10,000 points and compares every aggregator, over all series and over one of them. */
export async function publishAndQuery(report: Report, user: ApiClient, publisher: ApiClient, path: string): Promise<void> {
  const points = makePoints(Math.floor(Date.now() / 1000));
  await report.step(`publish ${COUNT.toLocaleString('en')} points`, () => publishPoints(publisher, path, points, BATCH), () => `in requests of ${BATCH}`);
  await report.step('wait until they are stored', () =>
    eventually(`The count of ${COUNT} points`, async () => {
      const windows = await query(user, path, 'count', {}, points);
      const stored = windows.metrics.reduce((sum, { value }) => sum + value, 0);
      must(stored <= COUNT, `${COUNT} points were published, but ${stored} are counted.`);
      return stored === COUNT ? stored : undefined;
    }), (stored) => `${stored} are counted`);
  for (const aggregator of Object.keys(ORACLE) as Aggregator[]) {
    await report.step(`query ${aggregator}`, async () => {
      const all = await compare(user, path, aggregator, {}, points);
      const one = await compare(user, path, aggregator, { host: HOSTS[0] }, points);
      return all + one;
    }, (windows) => `${windows} windows agree with values computed here`);
  }
}

async function compare(user: ApiClient, path: string, aggregator: Aggregator, tags: Readonly<Record<string, string>>, points: readonly PointJson[]): Promise<number> {
  const answered = (await query(user, path, aggregator, tags, points)).metrics;
  const expected = windowsOf(points.filter((point) => Object.entries(tags).every(([key, value]) => point.tags[key] === value)), ORACLE[aggregator]);
  must(answered.length === expected.length, `${aggregator} answered ${answered.length} windows where there are ${expected.length}.`);
  expected.forEach(({ time, value }, index) => {
    const found = answered[index];
    must(found !== undefined && Date.parse(found.time) === Date.parse(time), `${aggregator}: window ${index} begins at ${found?.time}, not at ${time}.`);
    must(agree(found.value, value), `${aggregator} of the window at ${time} is ${found.value}, but it must be ${value}.`);
  });
  return expected.length;
}

/** The range is given, so that a window which ends while this runs changes nothing. */
function query(user: ApiClient, path: string, aggregator: Aggregator, tags: Readonly<Record<string, string>>, points: readonly PointJson[]): Promise<MetricValuesJson> {
  const start = points[0]?.timestamp ?? 0;
  return user.call('GET', `${path}/metrics`, {
    query: { metric: METRIC, aggregator, period: PERIOD_MINUTES, tags: tagFilter(tags), start: iso(start), end: iso(start + WINDOWS * PERIOD_MINUTES * 60) },
  });
}

/** Newest window first, as the api answers. */
function windowsOf(points: readonly PointJson[], compute: (values: readonly number[]) => number): readonly { readonly time: string; readonly value: number }[] {
  const seconds = PERIOD_MINUTES * 60;
  const windows = new Map<number, number[]>();
  for (const { timestamp, value } of points) {
    const start = timestamp - (timestamp % seconds);
    windows.set(start, [...(windows.get(start) ?? []), value]);
  }
  return [...windows].sort(([left], [right]) => right - left).map(([start, values]) => ({ time: iso(start), value: compute(values) }));
}

/**
 * In order of time, beginning at the start of a window, several in each second. One value of each
 * window occurs often, so that its mode is beyond doubt.
 */
function makePoints(nowSeconds: number): readonly PointJson[] {
  const seconds = PERIOD_MINUTES * 60;
  const start = nowSeconds - (nowSeconds % seconds) - WINDOWS * seconds;
  return Array.from({ length: COUNT }, (_, index) => {
    const timestamp = start + Math.floor((index * WINDOWS * seconds) / COUNT);
    const value = index % 7 === 0 ? 100 + Math.floor((timestamp - start) / seconds) : Math.round(Math.random() * 1e9) / 1e6;
    return { name: METRIC, timestamp, value, tags: { host: HOSTS[index % HOSTS.length] ?? HOSTS[0], unit: 'ms' } };
  });
}

function iso(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
