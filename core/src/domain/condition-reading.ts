import { AGGREGATOR, BARE, KEYWORDS, NUMBER, OPERATOR } from './condition-lexer.js';
import { MAX_CONDITION_LENGTH, scanConditionText } from './condition-parser.js';
import type { Condition } from './condition.js';
import { INTEGER, UNIT } from './duration.js';
import { QUOTED, Scanner } from './scanner.js';
import type { Token, TokenKind } from './scanner.js';
import { CaveError } from '../errors.js';

/** What an editor needs to know about a text that may be half written. */
export interface ConditionReading {
  /** Null when the text is not a whole condition; `error` says why. */
  readonly condition: Condition | null;
  /** `invalid_argument` with a `SyntaxFault` as details. */
  readonly error: CaveError | null;
  /** Every word. Up to the fault as the parser read it, after it as it was probably meant. */
  readonly tokens: readonly Token[];
  /** What could stand at the furthest place that the parser reached, ready to be shown. */
  readonly expected: readonly string[];
}

/** Reads a condition as `parseCondition` does, and says what it can about any other text; never throws. */
export function readCondition(text: string): ConditionReading {
  const tokens: Token[] = [];
  const scanner = new Scanner(text, 'The condition', tokens);
  try {
    return { condition: scanConditionText(scanner), error: null, tokens, expected: scanner.expected };
  } catch (error) {
    if (!(error instanceof CaveError)) throw error;
    return { condition: null, error, tokens: [...tokens, ...guessedTokens(text, tokens)], expected: scanner.expected };
  }
}

const SYMBOL = /[[\]:,.*]/y;
const ANYTHING = /[A-Za-z0-9_]+|./suy;

/**
 * The words after a fault, so that a slip at the beginning does not take the colours of the
 * rest. What fits nowhere becomes no token. A text beyond the limit is not looked at.
 */
function guessedTokens(text: string, read: readonly Token[]): readonly Token[] {
  if (text.length > MAX_CONDITION_LENGTH) return [];
  const tokens = [...read];
  let at = read.at(-1)?.to ?? 0;
  while (at < text.length) {
    const token = likelyKinds(tokens).map((kind) => tokenAt(text, at, kind)).find((one) => one !== null) ?? null;
    if (token !== null) tokens.push(token);
    at = token?.to ?? endOf(ANYTHING, text, at) ?? at + 1;
  }
  return tokens.slice(read.length);
}

/** What may come after these words, the likeliest first. */
function likelyKinds(tokens: readonly Token[]): readonly TokenKind[] {
  const [before, last] = [tokens.at(-2), tokens.at(-1)];
  const is = (kind: TokenKind, ...values: readonly string[]) => last?.kind === kind && values.includes(last.value);
  if (last === undefined || last.kind === 'operator' || is('symbol', '*')) return ['number', 'name', 'symbol', 'operator'];
  const bracket = tokens.findLast(({ kind, value }) => kind === 'symbol' && (value === '[' || value === ']'));
  if (bracket?.value === '[') return is('symbol', ':') ? ['value', 'symbol', 'operator'] : ['tag', 'symbol', 'operator'];
  if (is('symbol', '.')) return before?.kind === 'aggregator' ? ['duration', 'symbol', 'operator'] : ['aggregator', 'symbol', 'operator'];
  if (is('keyword', 'by', 'for') || (last.kind === 'duration' && /[0-9]$/.test(last.value))) return ['duration', 'keyword', 'symbol', 'operator'];
  return ['operator', 'symbol', 'keyword', 'number', 'name'];
}

const PATTERNS: Readonly<Record<TokenKind, readonly RegExp[]>> = {
  name: [QUOTED, BARE.name],
  tag: [QUOTED, BARE.tag],
  value: [QUOTED, BARE.value],
  aggregator: [AGGREGATOR],
  duration: [INTEGER, UNIT],
  number: [NUMBER],
  operator: [OPERATOR],
  keyword: Object.values(KEYWORDS),
  symbol: [SYMBOL],
};

function tokenAt(text: string, from: number, kind: TokenKind): Token | null {
  const to = PATTERNS[kind].map((pattern) => endOf(pattern, text, from)).find((end) => end !== null) ?? null;
  return to === null ? null : { kind, from, to, value: text.slice(from, to) };
}

function endOf(pattern: RegExp, text: string, from: number): number | null {
  pattern.lastIndex = from;
  return pattern.test(text) ? pattern.lastIndex : null;
}
