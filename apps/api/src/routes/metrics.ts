import {
  AGGREGATORS,
  CaveError,
  MAX_METRIC_LIMIT,
  PointBatchBuilder,
  metricSpaceOf,
  timeBounds,
  type Clock,
  type MetricsQuery,
  type MetricsStores,
  type MetricValue,
  type PointFault,
  type Publisher,
  type Tenant,
} from '@cave/core';
import { Type } from '@sinclair/typebox';
import { fieldErrors, type FieldError } from '../http/problem.js';
import { defineTenantRoutes, type Route, type TenantForm } from '../http/route.js';
import { DateTime, OneOf } from '../http/schemas.js';
import { parseTagFilter } from './tag-filter.js';
import { toIso, toSeconds } from './times.js';

export interface MetricsRouteDependencies {
  readonly publisher: Publisher;
  readonly metrics: MetricsQuery;
  readonly metricsStores: MetricsStores;
  readonly clock: Clock;
}

/** Metric routes exist for organizations, teams, and host names that name either. */
export const METRIC_FORMS: readonly TenantForm[] = ['organization', 'team', 'host'];

const Point = Type.Object(
  {
    name: Type.String({ description: 'Shorter than 128 characters.' }),
    timestamp: Type.Number({ description: 'Seconds since the epoch; above 95617584000 milli-, micro- or nanoseconds.' }),
    value: Type.Number(),
    tags: Type.Optional(Type.Record(Type.String(), Type.String(), { description: 'At most 10.' })),
  },
  { $id: 'Point' },
);

const PublishBody = Type.Object({ metrics: Type.Array(Point) }, { $id: 'PublishBody' });

export const MetricValues = Type.Object(
  { metrics: Type.Array(Type.Object({ time: DateTime('Of a point, or the start of a window; UTC.'), value: Type.Number() })) },
  { $id: 'MetricValues' },
);

const MetricsQuerySchema = Type.Object(
  {
    metric: Type.String({ minLength: 1, description: 'Name of the metric.' }),
    tags: Type.Optional(Type.String({ description: 'Filter such as `host:a,env:b`; each part percent-escaped.' })),
    aggregator: Type.Optional(OneOf(AGGREGATORS, { description: 'Together with `period`; without both the answer is raw points.' })),
    period: Type.Optional(Type.Integer({ minimum: 1, maximum: 527_040, description: 'Length of a window in minutes.' })),
    start: Type.Optional(DateTime('Inclusive; without it as far back as the limit reaches.')),
    end: Type.Optional(DateTime('Exclusive; now if left out.')),
    limit: Type.Optional(Type.Integer({ minimum: 1, description: `Most values in the answer, at most ${MAX_METRIC_LIMIT}, which is the default.` })),
  },
  { additionalProperties: false },
);

export function metricsRoutes(deps: MetricsRouteDependencies): readonly Route[] {
  return [...publishRoutes(deps), ...queryRoutes(deps)];
}

function publishRoutes(deps: MetricsRouteDependencies): readonly Route[] {
  const builder = new PointBatchBuilder();
  return defineTenantRoutes(METRIC_FORMS, {
    method: 'POST',
    path: '/metrics',
    operationId: 'publishMetrics',
    tag: 'metrics',
    summary: 'Publish points. 202 once all of them are durable; 429 only when nothing was stored; 503 when the outcome is unknown or the stream is down.',
    access: { kind: 'tenant_token' },
    body: PublishBody,
    bodyValidation: 'own',
    responses: { 202: { description: 'Every point is durable.' }, 413: { description: 'Too large; nothing was stored.' }, 429: { description: 'Over quota or pushed back; nothing was stored. See Retry-After.' }, 503: { description: 'The outcome is unknown, or the stream is down.' } },
    handle: async ({ tenant, body }) => {
      await deps.publisher.publish(pointsOf(body, tenant, builder, deps));
      return { status: 202 };
    },
  });
}

function pointsOf(body: unknown, tenant: Tenant, builder: PointBatchBuilder, { metricsStores, clock }: MetricsRouteDependencies): Parameters<Publisher['publish']>[0] {
  const metrics = typeof body === 'object' && body !== null ? (body as { readonly metrics?: unknown }).metrics : undefined;
  if (!Array.isArray(metrics)) throw fieldErrors([{ in: 'body', path: '/metrics', message: 'must be an array of points' }]);
  const space = metricSpaceOf(tenant);
  const retention = metricsStores.get(space.cluster).capabilities.retentionSeconds;
  const bounds = timeBounds(Math.floor(clock.nowMs() / 1000), retention);
  // The publisher gives the points their numbers, once it is certain that there are any.
  const result = builder.build(metrics, { ...space, identity: { kind: 'numbered', firstNumber: 0 }, bounds });
  if (!result.ok) throw badPoints(result.faults);
  return result.batch;
}

function badPoints(faults: readonly PointFault[]): CaveError {
  const errors: readonly FieldError[] = faults.map(({ path, message }) => ({ in: 'body', path: `/metrics${path}`, message }));
  const indexes = [...new Set(faults.map(({ index }) => index))];
  const first = faults[0];
  return new CaveError('invalid_argument', `Nothing was stored: point ${first?.index ?? 0} is not valid. ${first?.message ?? ''}${indexes.length > 1 ? ` (${indexes.length - 1} more points are not valid)` : ''}`, {
    reason: 'invalid_points',
    details: { errors, indexes },
  });
}

function queryRoutes({ metrics }: MetricsRouteDependencies): readonly Route[] {
  return defineTenantRoutes(METRIC_FORMS, {
    method: 'GET',
    path: '/metrics',
    operationId: 'queryMetrics',
    tag: 'metrics',
    summary: 'Points or windows of a metric, newest first.',
    access: { kind: 'role', role: 'viewer' },
    query: MetricsQuerySchema,
    responses: { 200: { description: 'Windows without points are left out.', schema: MetricValues } },
    handle: async ({ tenant, query, rawQuery, signal }) => {
      const { aggregator, period } = query;
      if ((aggregator === undefined) !== (period === undefined)) {
        const missing = aggregator === undefined ? 'aggregator' : 'period';
        throw fieldErrors([{ in: 'query', path: `/${missing}`, message: 'is missing: aggregator and period go together' }]);
      }
      const values = await metrics.values(
        metricSpaceOf(tenant),
        {
          metric: query.metric,
          tags: parseTagFilter(rawQuery),
          window: aggregator === undefined || period === undefined ? null : { aggregator, seconds: period * 60 },
          start: query.start === undefined ? null : toSeconds('start', query.start),
          end: query.end === undefined ? null : toSeconds('end', query.end),
          limit: Math.min(query.limit ?? MAX_METRIC_LIMIT, MAX_METRIC_LIMIT),
        },
        signal,
      );
      return { status: 200, body: toMetricValues(values) };
    },
  });
}

export function toMetricValues(values: readonly MetricValue[]): { readonly metrics: readonly { readonly time: string; readonly value: number }[] } {
  return { metrics: values.map(({ time, value }) => ({ time: toIso(time), value })) };
}
