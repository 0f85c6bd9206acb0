import { MAX_CHECK_STEPS, metricSpaceOf, type ConditionCheck } from '@cave/core';
import { Type } from '@sinclair/typebox';
import { defineTenantRoutes, type Route } from '../http/route.js';
import { DateTime } from '../http/schemas.js';
import { METRIC_FORMS, MetricValues, toMetricValues } from './metrics.js';
import { toSeconds } from './times.js';

export interface CheckMetricsRouteDependencies {
  readonly checks: ConditionCheck;
}

const CheckMetricsQuery = Type.Object(
  {
    condition: Type.String({ description: 'In the language of alert conditions.' }),
    start: DateTime('Beginning of the first step.'),
    end: Type.Optional(DateTime('Now if left out.')),
    interval: Type.Optional(Type.Integer({ minimum: 1, maximum: 527_040, description: 'Length of a step in minutes; 1 if left out.' })),
  },
  { additionalProperties: false },
);

export function checkMetricsRoutes({ checks }: CheckMetricsRouteDependencies): readonly Route[] {
  return defineTenantRoutes(METRIC_FORMS, {
    method: 'GET',
    path: '/check-metrics',
    operationId: 'checkMetrics',
    tag: 'metrics',
    summary: `Try a condition on past data, in at most ${MAX_CHECK_STEPS} steps.`,
    access: { kind: 'role', role: 'viewer' },
    query: CheckMetricsQuery,
    responses: { 200: { description: 'For each step, by its beginning: 1 where the condition holds at its end, else 0.', schema: MetricValues } },
    handle: async ({ tenant, query, signal }) => {
      const values = await checks.run(
        metricSpaceOf(tenant),
        {
          condition: query.condition,
          start: toSeconds('start', query.start),
          end: query.end === undefined ? null : toSeconds('end', query.end),
          intervalMinutes: query.interval ?? 1,
        },
        signal,
      );
      return { status: 200, body: toMetricValues(values) };
    },
  });
}
