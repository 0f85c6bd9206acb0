import { AGGREGATORS } from './aggregator.js';
import type { Aggregator } from './aggregator.js';
import type { Condition, MetricSelector, SimpleSource, Source } from './condition.js';
import { AGGREGATOR, EXPECTED, scanKeyword, scanName, scanNumber, scanOperator } from './condition-lexer.js';
import { INTEGER, MAX_DURATION_SECONDS, scanDuration } from './duration.js';
import { MAX_TAGS } from './names.js';
import type { Tags } from './point-batch.js';
import { Scanner } from './scanner.js';

/** Longest text of a condition, in UTF-16 units: two metrics with ten of the longest tags fit. */
export const MAX_CONDITION_LENGTH = 16_384;

/** Largest N of `at least N times`. */
export const MAX_TIMES = 1_000;

/**
 * The condition that `text` says (grammar: docs/alerts.md). Throws `invalid_argument` with a
 * `SyntaxFault` as details, and nothing else, for any other text.
 */
export function parseCondition(text: string): Condition {
  return scanConditionText(new Scanner(text, 'The condition'));
}

/** The same from a scanner, whose tokens and notes are of use even when this throws. */
export function scanConditionText(scanner: Scanner): Condition {
  const { text } = scanner;
  if (text.length > MAX_CONDITION_LENGTH) scanner.failAt(MAX_CONDITION_LENGTH, ['the end'], `after at most ${MAX_CONDITION_LENGTH} characters`);
  const condition = scanCondition(scanner);
  scanner.expectEnd();
  return condition;
}

function scanCondition(scanner: Scanner): Condition {
  const left = scanSource(scanner);
  // A word after a whole metric can only be the keyword, so a metric may be called `missing` too.
  if (left.simple.kind === 'metric' && left.factor === null && scanKeyword(scanner, 'missing', '"missing for"')) {
    if (!scanKeyword(scanner, 'for')) scanner.fail();
    return { kind: 'missing', metric: left.simple.metric, forSeconds: scanDuration(scanner) };
  }
  const operator = scanOperator(scanner);
  const right = scanSource(scanner);
  const times = scanTimes(scanner, [left, right]);
  const delaySeconds = scanDelay(scanner);
  return { kind: 'comparison', left, operator, right, times, delaySeconds };
}

function scanSource(scanner: Scanner): Source {
  const number = scanNumber(scanner);
  if (number !== null) {
    if (scanner.symbol('*')) return { simple: scanSimple(scanner), factor: number };
    return { simple: { kind: 'number', value: number }, factor: null };
  }
  const simple = scanMetric(scanner);
  if (!scanner.symbol('*')) return { simple, factor: null };
  return { simple, factor: scanNumber(scanner) ?? scanner.fail() };
}

function scanSimple(scanner: Scanner): SimpleSource {
  const value = scanNumber(scanner);
  return value === null ? scanMetric(scanner) : { kind: 'number', value };
}

function scanMetric(scanner: Scanner): SimpleSource {
  const name = scanName(scanner, 'name');
  const metric: MetricSelector = { name, tags: scanner.symbol('[') ? scanTags(scanner) : {} };
  if (!scanner.symbol('.')) return { kind: 'metric', metric };
  const aggregator = scanAggregator(scanner);
  scanner.expectSymbol('.');
  return { kind: 'aggregate', metric, aggregator, windowSeconds: scanDuration(scanner) };
}

function scanTags(scanner: Scanner): Tags {
  if (scanner.symbol(']')) return {};
  const tags = new Map<string, string>();
  do {
    const start = scanner.mark();
    if (tags.size === MAX_TAGS) scanner.failAt(start, ['"]"'], `after ${MAX_TAGS} tags`);
    const tag = scanName(scanner, 'tag');
    if (tags.has(tag)) scanner.failAt(start, ['another tag name'], '(each may stand once)');
    scanner.expectSymbol(':');
    tags.set(tag, scanName(scanner, 'value'));
  } while (scanner.symbol(','));
  scanner.expectSymbol(']');
  // Unlike assignment, this makes an own property of `__proto__` as of any other tag.
  return Object.fromEntries(tags);
}

function scanAggregator(scanner: Scanner): Aggregator {
  const start = scanner.mark();
  const word = scanner.match('aggregator', AGGREGATOR, ...AGGREGATORS) ?? scanner.fail();
  return AGGREGATORS.find((aggregator) => aggregator === word) ?? scanner.failAt(start, AGGREGATORS);
}

function scanTimes(scanner: Scanner, sources: readonly Source[]): number {
  if (!scanKeyword(scanner, 'at', '"at least"')) return 1;
  if (!scanKeyword(scanner, 'least')) scanner.fail();
  const start = scanner.mark();
  const times = Number(scanner.match('number', INTEGER, EXPECTED.times) ?? scanner.fail());
  if (times < 1 || times > MAX_TIMES) scanner.failAt(start, [`a whole number from 1 to ${MAX_TIMES}`]);
  for (const { simple } of sources) {
    if (simple.kind === 'aggregate' && simple.windowSeconds * times > MAX_DURATION_SECONDS) {
      scanner.failAt(start, [`a whole number up to ${Math.floor(MAX_DURATION_SECONDS / simple.windowSeconds)}`], '(all windows together may span 366d)');
    }
  }
  if (!scanKeyword(scanner, 'times')) scanner.fail();
  return times;
}

function scanDelay(scanner: Scanner): number {
  if (!scanKeyword(scanner, 'delayed', '"delayed by"')) return 0;
  if (!scanKeyword(scanner, 'by')) scanner.fail();
  return scanDuration(scanner);
}
