import type { Condition, MetricSelector, SimpleSource, Source } from './condition.js';
import { printName, printTagValue } from './condition-lexer.js';
import { printDuration } from './duration.js';

/** The canonical text of a condition; parsing it gives an equal condition. */
export function printCondition(condition: Condition): string {
  if (condition.kind === 'missing') return `${printMetric(condition.metric)} missing for ${printDuration(condition.forSeconds)}`;
  const times = condition.times === 1 ? '' : ` at least ${condition.times} times`;
  const delay = condition.delaySeconds === 0 ? '' : ` delayed by ${printDuration(condition.delaySeconds)}`;
  return `${printSource(condition.left)} ${condition.operator} ${printSource(condition.right)}${times}${delay}`;
}

/** One source, such as `2 * orders [shipTo: US].sum.5m`. */
export function printSource(source: Source): string {
  return source.factor === null ? printSimple(source.simple) : `${source.factor} * ${printSimple(source.simple)}`;
}

function printSimple(simple: SimpleSource): string {
  switch (simple.kind) {
    case 'number':
      return String(simple.value);
    case 'metric':
      return printMetric(simple.metric);
    case 'aggregate': {
      // Without its brackets a bare name would swallow the rest.
      const metric = Object.keys(simple.metric.tags).length === 0 ? `${printName(simple.metric.name)}[]` : printMetric(simple.metric);
      return `${metric}.${simple.aggregator}.${printDuration(simple.windowSeconds)}`;
    }
  }
}

function printMetric(metric: MetricSelector): string {
  const tags = Object.entries(metric.tags).map(([tag, value]) => `${printName(tag)}: ${printTagValue(value)}`);
  return tags.length === 0 ? printName(metric.name) : `${printName(metric.name)} [${tags.join(', ')}]`;
}
