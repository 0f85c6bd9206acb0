import { printName, printTagValue } from '@cave/core/language';
import type { Aggregator, ComparisonOperator, Condition, MetricSelector, SimpleSource, Source } from '@cave/core/language';

const AGGREGATES: Readonly<Record<Aggregator, string>> = {
  count: 'the number of points',
  min: 'the smallest value',
  max: 'the largest value',
  mean: 'the average',
  mode: 'the most frequent value',
  median: 'the median',
  sum: 'the sum',
  stddev: 'the standard deviation',
  p90: 'the 90th percentile',
  p95: 'the 95th percentile',
  p99: 'the 99th percentile',
  p999: 'the 99.9th percentile',
};

/** What an operator says between two values. */
export const OPERATOR_WORDS: Readonly<Record<ComparisonOperator, string>> = {
  '<': 'is less than',
  '<=': 'is at most',
  '>': 'is more than',
  '>=': 'is at least',
  '==': 'equals',
  '!=': 'differs from',
};

const UNITS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
] as const;

/** One English sentence of what a condition means (docs/alerts.md, "What a check means"). */
export function toPlainWords(condition: Condition): string {
  if (condition.kind === 'missing') return `There has been no point of ${metricWords(condition.metric)} for ${durationWords(condition.forSeconds)}.`;
  const { left, operator, right, times, delaySeconds } = condition;
  const repeat = times === 1 ? '' : `, ${times} times in a row`;
  const delay = delaySeconds === 0 ? '' : `, as of ${durationWords(delaySeconds)} before the check`;
  const sentence = `${sourceWords(left, right.simple, 'left')} ${OPERATOR_WORDS[operator]} ${sourceWords(right, left.simple, 'right')}${repeat}${delay}.`;
  return sentence.replace(/^the /, 'The ');
}

/** `5 minutes`, `1 hour`, `90 seconds`: in the largest unit that divides it. */
export function durationWords(seconds: number): string {
  const [unit, size] = UNITS.find(([, of]) => seconds % of === 0) ?? (['second', 1] as const);
  const count = seconds / size;
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}

function sourceWords({ simple, factor }: Source, other: SimpleSource, side: 'left' | 'right'): string {
  const words = simpleWords(simple, other, side);
  return factor === null ? words : `${factor} times ${words}`;
}

function simpleWords(simple: SimpleSource, other: SimpleSource, side: 'left' | 'right'): string {
  switch (simple.kind) {
    case 'number':
      return String(simple.value);
    case 'aggregate':
      return `${AGGREGATES[simple.aggregator]} of ${metricWords(simple.metric)} over ${durationWords(simple.windowSeconds)}`;
    case 'metric': {
      const newest = `the newest value of ${metricWords(simple.metric)}`;
      if (other.kind === 'aggregate') return `${newest} in the same ${durationWords(other.windowSeconds)}`;
      return other.kind === 'metric' && side === 'right' ? `${newest} at that time` : newest;
    }
  }
}

function metricWords({ name, tags }: MetricSelector): string {
  const filters = Object.entries(tags).map(([tag, value]) => `${printName(tag)} is ${printTagValue(value)}`);
  return filters.length === 0 ? printName(name) : `${printName(name)} where ${filters.join(' and ')}`;
}
