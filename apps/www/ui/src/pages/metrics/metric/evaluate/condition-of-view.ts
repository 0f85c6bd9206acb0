import { parseCondition, printCondition, CaveError, type ComparisonOperator, type Condition, type Source } from '@cave/core/language';
import type { ChartPoint, Threshold } from '../../../../chart/types.js';
import type { Tags } from '../../../../metrics/tag-filter.js';
import type { MetricView } from '../view-state.js';

const SIGNIFICANT_DIGITS = 2;
/** Where the suggestion lies among the values seen: most of them are below. */
const SUGGESTED_RANK = 0.9;
const MIRRORED: Readonly<Record<ComparisonOperator, ComparisonOperator>> = { '<': '>', '<=': '>=', '>': '<', '>=': '<=', '==': '==', '!=': '!=' };

/** A threshold to begin with: near what few of the values seen exceed, in two digits; 0 without any. */
export function suggestedThreshold(points: readonly ChartPoint[]): number {
  const values = points.map(({ value }) => value).sort((a, b) => a - b);
  const value = values[Math.floor((values.length - 1) * SUGGESTED_RANK)] ?? 0;
  return Number(value.toPrecision(SIGNIFICANT_DIGITS));
}

/** The condition that says of what is shown that it exceeds the threshold. */
export function conditionOfView(metric: string, aggregator: MetricView['aggregator'], windowMinutes: number, tags: Tags, threshold: number): string {
  const selector = { name: metric, tags };
  const left: Source = {
    simple: aggregator === 'raw' ? { kind: 'metric', metric: selector } : { kind: 'aggregate', metric: selector, aggregator, windowSeconds: windowMinutes * 60 },
    factor: null,
  };
  return printCondition({ kind: 'comparison', left, operator: '>', right: { simple: { kind: 'number', value: threshold }, factor: null }, times: 1, delaySeconds: 0 });
}

/** The lines that a condition draws into a chart of the metric: none unless it compares just this metric with a number. */
export function thresholdsOf(text: string, metric: string): readonly Threshold[] {
  const condition = parsed(text);
  if (condition === undefined || condition.kind === 'missing') return [];
  const { left, operator, right } = condition;
  const line = lineOf(left, operator, right, metric) ?? lineOf(right, MIRRORED[operator], left, metric);
  return line === undefined ? [] : [line];
}

/** The condition that the text says; undefined where it says none. */
export function parsed(text: string): Condition | undefined {
  try {
    return parseCondition(text);
  } catch (error) {
    // The editor underlines what is wrong; here it only means that there is nothing to draw or try.
    if (error instanceof CaveError) return undefined;
    throw error;
  }
}

function lineOf(source: Source, operator: ComparisonOperator, limit: Source, metric: string): Threshold | undefined {
  if (source.simple.kind === 'number' || source.simple.metric.name !== metric || limit.simple.kind !== 'number') return undefined;
  const factor = source.factor ?? 1;
  const value = ((limit.factor ?? 1) * limit.simple.value) / factor;
  // A factor of 0 compares nothing with the metric.
  if (!Number.isFinite(value)) return undefined;
  return { value, label: `${factor < 0 ? MIRRORED[operator] : operator} ${value}` };
}
