/**
 * The language of alert conditions alone, for the web client: nothing below imports anything of
 * Node, so that a bundler can take it to a browser.
 */
export * from './domain/aggregator.js';
export type * from './domain/condition.js';
export { MAX_CONDITION_LENGTH, MAX_TIMES, parseCondition } from './domain/condition-parser.js';
export * from './domain/condition-printer.js';
export * from './domain/condition-warnings.js';
export { EXPECTED_DURATION, MAX_DURATION_SECONDS, parseDuration, printDuration } from './domain/duration.js';
export * from './domain/names.js';
export { parsePeriod, periodSeconds, printPeriod } from './domain/period.js';
export * from './domain/related-metrics.js';
export { EXPECTED, printName, printTagValue } from './domain/condition-lexer.js';
export { readCondition } from './domain/condition-reading.js';
export type { ConditionReading } from './domain/condition-reading.js';
export type { SyntaxFault, Token, TokenKind } from './domain/scanner.js';
export { CaveError } from './errors.js';
