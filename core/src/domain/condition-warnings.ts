import { AGGREGATORS } from './aggregator.js';
import type { Condition, SimpleSource, Source } from './condition.js';
import { printSource } from './condition-printer.js';
import { durationSeconds } from './duration.js';

/** A condition that is legal, but probably not what its author meant. */
export interface ConditionWarning {
  readonly code: 'aggregate_without_brackets';
  readonly message: string;
  /** The source as it is understood, and as it was probably meant. */
  readonly source: string;
  readonly suggestion: string;
}

const LOOKS_AGGREGATED = new RegExp(`^(.+)\\.(${AGGREGATORS.join('|')})\\.([0-9]+)([smhd])$`, 's');

export function conditionWarnings(condition: Condition): readonly ConditionWarning[] {
  // `missing for` takes no aggregate, so there is nothing to offer.
  if (condition.kind === 'missing') return [];
  return [condition.left, condition.right].flatMap((source) => {
    const meant = bracketed(source.simple);
    return meant === null ? [] : [warning(source, { simple: meant, factor: source.factor })];
  });
}

function warning(source: Source, meant: Source): ConditionWarning {
  const text = printSource(source);
  const suggestion = printSource(meant);
  return {
    code: 'aggregate_without_brackets',
    message: `${text} is the plain metric of that name; for an aggregate write ${suggestion}.`,
    source: text,
    suggestion,
  };
}

function bracketed(simple: SimpleSource): SimpleSource | null {
  if (simple.kind !== 'metric') return null;
  const parts = LOOKS_AGGREGATED.exec(simple.metric.name);
  const [, name, word, digits, unit] = parts ?? [];
  const aggregator = AGGREGATORS.find((one) => one === word);
  if (name === undefined || aggregator === undefined || digits === undefined || unit === undefined) return null;
  const windowSeconds = durationSeconds(digits, unit);
  return windowSeconds === null ? null : { kind: 'aggregate', metric: { name, tags: simple.metric.tags }, aggregator, windowSeconds };
}
