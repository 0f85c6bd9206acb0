import type { ComparisonOperator } from './condition.js';
import { nameProblem } from './names.js';
import type { Scanner } from './scanner.js';

/*
 * The words of the condition language. What a run of characters means depends on where it
 * stands (`5m` is a duration, a tag value, or a number and a fault), so the parser asks for
 * the token it can use instead of being handed a list of tokens.
 */
const NAME = /[a-zA-Z][_a-zA-Z0-9.-]*/y;
const TAG_VALUE = /[a-zA-Z0-9][_a-zA-Z0-9.-]*/y;
/** A bare name, by what it names. */
export const BARE = { name: NAME, tag: NAME, value: TAG_VALUE } as const;
export const AGGREGATOR = /[a-zA-Z0-9]+/y;
export const NUMBER = /[+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
export const OPERATOR = /<=|>=|==|!=|<|>/y;

const WHOLE_NAME = /^[a-zA-Z][_a-zA-Z0-9.-]*$/;
const WHOLE_TAG_VALUE = /^[a-zA-Z0-9][_a-zA-Z0-9.-]*$/;

export type Keyword = 'at' | 'least' | 'times' | 'delayed' | 'by' | 'missing' | 'for';
export const KEYWORDS: Readonly<Record<Keyword, RegExp>> = {
  at: /at(?![a-zA-Z_])/y,
  least: /least(?![a-zA-Z_])/y,
  times: /times(?![a-zA-Z_])/y,
  delayed: /delayed(?![a-zA-Z_])/y,
  by: /by(?![a-zA-Z_])/y,
  missing: /missing(?![a-zA-Z_])/y,
  for: /for(?![a-zA-Z_])/y,
};

/** How an error offers what is not a word of the language. */
export const EXPECTED = {
  name: 'a metric name',
  tag: 'a tag name',
  value: 'a tag value',
  number: 'a number',
  times: 'a positive whole number',
} as const;

/** The name of a metric or tag, or a tag's value, bare or in quotes. */
export function scanName(scanner: Scanner, kind: keyof typeof BARE): string {
  const start = scanner.mark();
  const label = EXPECTED[kind];
  const name = scanner.quoted(kind, label) ?? scanner.match(kind, BARE[kind], label) ?? scanner.fail();
  const problem = nameProblem(name);
  if (problem !== null) scanner.failAt(start, [label], `(it ${problem})`);
  return name;
}

/** A finite number, or null when none begins here. */
export function scanNumber(scanner: Scanner): number | null {
  const start = scanner.mark();
  const text = scanner.match('number', NUMBER, EXPECTED.number);
  if (text === null) return null;
  const value = Number(text);
  if (!Number.isFinite(value)) scanner.failAt(start, ['a number between -1.8e308 and 1.8e308']);
  // Printing has no -0, and nothing tells it from 0 in a comparison.
  return value === 0 ? 0 : value;
}

export function scanOperator(scanner: Scanner): ComparisonOperator {
  return (scanner.match('operator', OPERATOR, '"<"', '"<="', '">"', '">="', '"=="', '"!="') ?? scanner.fail()) as ComparisonOperator;
}

/** Whether this keyword stands here; if so, it is read. `label` is what an error offers. */
export function scanKeyword(scanner: Scanner, keyword: Keyword, label = `"${keyword}"`): boolean {
  return scanner.match('keyword', KEYWORDS[keyword], label) !== null;
}

/** The text of a name in a condition: bare where the grammar allows it, else in quotes. */
export function printName(name: string): string {
  return WHOLE_NAME.test(name) ? name : quote(name);
}

export function printTagValue(value: string): string {
  return WHOLE_TAG_VALUE.test(value) ? value : quote(value);
}

function quote(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}
