import { eventually, expectCall, type TestTenant } from '@cave/app-all-in-one/test-support';

const POINTS_PER_METRIC = 60;
const SECONDS_BETWEEN_POINTS = 60;
const POINTS_PER_REQUEST = 10_000;
const STORED_WITHIN_MS = 120_000;

export function metricName(number: number): string {
  return `bench.metric.${String(number).padStart(4, '0')}`;
}

/** Publishes the last hour of so many metrics, a point a minute each, and resolves once all of them can be read. */
export async function publishHour(url: string, tenant: TestTenant, metrics: number): Promise<void> {
  const path = `/organizations/${tenant.organization}/metrics`;
  const now = Math.floor(Date.now() / 1000);
  const names = Array.from({ length: metrics }, (_, i) => metricName(i));
  const points = names.flatMap((name, metric) =>
    Array.from({ length: POINTS_PER_METRIC }, (_, i) => ({ name, timestamp: now - i * SECONDS_BETWEEN_POINTS, value: 50 + 40 * Math.sin((i + metric) / 9), tags: { host: `host-${metric % 20}` } })));
  for (let first = 0; first < points.length; first += POINTS_PER_REQUEST) {
    await expectCall(202, url, 'POST', path, { token: tenant.token, body: { metrics: points.slice(first, first + POINTS_PER_REQUEST) } });
  }
  for (const name of names) {
    await eventually(`the points of ${name}`, async () => {
      const query = new URLSearchParams({ metric: name, limit: String(POINTS_PER_METRIC) });
      const stored = await expectCall<{ metrics: readonly unknown[] }>(200, url, 'GET', `${path}?${query.toString()}`, { token: tenant.session });
      return stored.metrics.length === POINTS_PER_METRIC ? true : undefined;
    }, STORED_WITHIN_MS);
  }
}
