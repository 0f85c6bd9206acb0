import { CaveError, parseCondition, printSource, type Aggregator, type ComparisonOperator, type MetricSelector, type Source } from '@cave/core/language';
import type { Threshold } from '../../../chart/types.js';

/** A side of a condition that is no number: a line of the chart. */
export interface ComparedSource {
  /** As it stands in the condition. */
  readonly label: string;
  readonly metric: MetricSelector;
  /** Null: raw points. */
  readonly window: { readonly aggregator: Aggregator; readonly seconds: number } | null;
  /** Values are multiplied by it, so that the chart shows what is compared. */
  readonly factor: number;
}

export interface Compared {
  readonly sources: readonly ComparedSource[];
  readonly thresholds: readonly Threshold[];
}

const MIRRORED: Readonly<Record<ComparisonOperator, ComparisonOperator>> = { '<': '>', '<=': '>=', '>': '<', '>=': '<=', '==': '==', '!=': '!=' };

/** What a condition compares: at most two lines, and a threshold where one side is a number. Null: it cannot be read. */
export function comparedIn(text: string): Compared | null {
  let condition;
  try {
    condition = parseCondition(text);
  } catch (error) {
    if (error instanceof CaveError) return null;
    throw error;
  }
  if (condition.kind === 'missing') {
    return { sources: [{ label: printSource({ simple: { kind: 'metric', metric: condition.metric }, factor: null }), metric: condition.metric, window: null, factor: 1 }], thresholds: [] };
  }
  const { left, operator, right } = condition;
  const sources = [left, right].flatMap(sourceOf);
  // Two equal sides are one line.
  const distinct = sources.filter(({ label }, index) => sources.findIndex((other) => other.label === label) === index);
  const [leftNumber, rightNumber] = [numberOf(left), numberOf(right)];
  const thresholds =
    rightNumber !== null && leftNumber === null ? [{ value: rightNumber, label: `${operator} ${rightNumber}` }]
    : leftNumber !== null && rightNumber === null ? [{ value: leftNumber, label: `${MIRRORED[operator]} ${leftNumber}` }]
    : [];
  return { sources: distinct, thresholds };
}

function sourceOf(source: Source): ComparedSource[] {
  const { simple, factor } = source;
  if (simple.kind === 'number') return [];
  const window = simple.kind === 'aggregate' ? { aggregator: simple.aggregator, seconds: simple.windowSeconds } : null;
  return [{ label: printSource(source), metric: simple.metric, window, factor: factor ?? 1 }];
}

function numberOf({ simple, factor }: Source): number | null {
  return simple.kind === 'number' ? simple.value * (factor ?? 1) : null;
}
