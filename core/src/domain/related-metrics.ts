import type { Aggregator } from './aggregator.js';
import type { Condition, SimpleSource } from './condition.js';
import type { Tags } from './point-batch.js';

/** A source of a condition, as the api shows it. */
export interface RelatedMetric {
  readonly name: string;
  readonly tags: Tags;
  readonly aggregator?: Aggregator;
  readonly period_seconds?: number;
}

/** The metrics that a condition reads, left before right, none twice. */
export function relatedMetrics(condition: Condition): readonly RelatedMetric[] {
  if (condition.kind === 'missing') return [{ name: condition.metric.name, tags: condition.metric.tags }];
  const left = related(condition.left.simple);
  const right = related(condition.right.simple);
  return left.some((metric) => key(metric) === right.map(key)[0]) ? left : [...left, ...right];
}

/**
 * Equal for alerts that read the same series in the same windows of one database, whatever
 * they compare them with: such alerts tick together and can share a query.
 */
export function readKey(database: string, condition: Condition): string {
  return JSON.stringify([database, condition.kind, condition.kind === 'missing' ? condition.forSeconds : condition.delaySeconds, relatedMetrics(condition).map(key).sort()]);
}

function related(simple: SimpleSource): readonly RelatedMetric[] {
  switch (simple.kind) {
    case 'number':
      return [];
    case 'metric':
      return [{ name: simple.metric.name, tags: simple.metric.tags }];
    case 'aggregate':
      return [{ name: simple.metric.name, tags: simple.metric.tags, aggregator: simple.aggregator, period_seconds: simple.windowSeconds }];
  }
}

function key(metric: RelatedMetric): string {
  const tags = Object.entries(metric.tags).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([metric.name, tags, metric.aggregator ?? null, metric.period_seconds ?? null]);
}
