import type { Aggregator } from './aggregator.js';
import type { Tags } from './point-batch.js';

export type ComparisonOperator = '<' | '<=' | '>' | '>=' | '==' | '!=';

/** A metric with a tag filter; covers every series of that name whose tags include these. */
export interface MetricSelector {
  readonly name: string;
  readonly tags: Tags;
}

/** `simple` of the grammar. */
export type SimpleSource =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'metric'; readonly metric: MetricSelector }
  | { readonly kind: 'aggregate'; readonly metric: MetricSelector; readonly aggregator: Aggregator; readonly windowSeconds: number };

/** `source` of the grammar: `factor * simple`; a missing factor is null. */
export interface Source {
  readonly simple: SimpleSource;
  readonly factor: number | null;
}

export interface Comparison {
  readonly kind: 'comparison';
  readonly left: Source;
  readonly operator: ComparisonOperator;
  readonly right: Source;
  /** N of `at least N times`, 1 if absent. */
  readonly times: number;
  /** `delayed by`, 0 if absent. */
  readonly delaySeconds: number;
}

export interface Missing {
  readonly kind: 'missing';
  readonly metric: MetricSelector;
  readonly forSeconds: number;
}

/** The parsed form of an alert condition (grammar: docs/alerts.md). */
export type Condition = Comparison | Missing;
