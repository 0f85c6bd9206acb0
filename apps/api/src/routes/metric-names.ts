import { metricSpaceOf, type MetricsQuery } from '@cave/core';
import { Type } from '@sinclair/typebox';
import { defineTenantRoutes, type Route } from '../http/route.js';
import { METRIC_FORMS } from './metrics.js';

export interface MetricNameRouteDependencies {
  readonly metrics: MetricsQuery;
}

const MetricNames = Type.Array(Type.Object({ name: Type.String(), tags: Type.Array(Type.String(), { description: 'Tag names over all its series.' }) }), { $id: 'MetricNames' });
const TagValues = Type.Array(Type.String(), { $id: 'TagValues' });
const METRIC_PARAM = { metric: 'Name of the metric, percent-escaped.' } as const;

export function metricNameRoutes({ metrics }: MetricNameRouteDependencies): readonly Route[] {
  return [
    ...defineTenantRoutes(METRIC_FORMS, {
      method: 'GET',
      path: '/metric-names',
      operationId: 'listMetricNames',
      tag: 'metrics',
      summary: 'All metrics with the names of their tags.',
      access: { kind: 'role', role: 'viewer' },
      responses: { 200: { description: 'Sorted by name.', schema: MetricNames } },
      handle: async ({ tenant }) => {
        const names = await metrics.names(metricSpaceOf(tenant));
        return { status: 200, body: names.map(({ name, tags }) => ({ name, tags })) };
      },
    }),
    ...defineTenantRoutes(METRIC_FORMS, {
      method: 'GET',
      path: '/metric-names/{metric}/tag-values',
      operationId: 'listTagValues',
      tag: 'metrics',
      summary: 'The values that a tag of a metric has had.',
      access: { kind: 'role', role: 'viewer' },
      params: METRIC_PARAM,
      query: Type.Object({ tag: Type.String({ minLength: 1, description: 'Name of the tag.' }) }, { additionalProperties: false }),
      responses: { 200: { description: 'Sorted.', schema: TagValues } },
      handle: async ({ tenant, params, query }) => ({
        status: 200,
        body: await metrics.tagValues(metricSpaceOf(tenant), params['metric'] ?? '', query.tag),
      }),
    }),
    ...defineTenantRoutes(METRIC_FORMS, {
      method: 'DELETE',
      path: '/metric-names/{metric}',
      operationId: 'deleteMetric',
      tag: 'metrics',
      summary: 'Delete a metric: its series and all their points.',
      access: { kind: 'role', role: 'admin' },
      params: METRIC_PARAM,
      responses: { 204: { description: 'Deleted.' } },
      handle: async ({ tenant, params }) => {
        await metrics.drop(metricSpaceOf(tenant), params['metric'] ?? '');
        return { status: 204 };
      },
    }),
  ];
}
