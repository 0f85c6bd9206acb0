import { conditionWarnings, printSource, readCondition } from '@cave/core/language';
import type { Condition, ConditionReading, SyntaxFault } from '@cave/core/language';

/** A place in a text, in UTF-16 units; an empty one lies at the end of the text. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

export interface Diagnosis extends Range {
  /** The parser's sentence. */
  readonly message: string;
  /** What would be right there, each ready to be shown. */
  readonly expected: readonly string[];
  /** Nothing comes after it: either there must be more, or the last word is not whole yet. */
  readonly atEnd: boolean;
}

/** A condition that is legal, but probably not meant: what would be, and the whole text with it. */
export interface Offer extends Range {
  readonly message: string;
  readonly suggestion: string;
  readonly corrected: string;
}

/** What keeps `text` from being a condition; null: nothing. */
export function diagnose(text: string): Diagnosis | null {
  const { error, tokens } = readCondition(text);
  if (error === null) return null;
  const fault = error.details as unknown as SyntaxFault;
  const from = offsetOfColumn(text, fault.column);
  const range = rangeAt(text, tokens, from);
  return { ...range, message: error.message, expected: fault.expected, atEnd: range.to === text.length };
}

/** What the api's answer about a column (from 1, in code points) underlines; null when it names none. */
export function rangeOfColumn(text: string, column: number | undefined): Range | null {
  return column === undefined ? null : rangeAt(text, readCondition(text).tokens, offsetOfColumn(text, column));
}

/** The forgotten brackets of `orders.sum.5m` and their like. */
export function offers(text: string): readonly Offer[] {
  const { condition, tokens } = readCondition(text);
  if (condition === null || condition.kind === 'missing') return [];
  const sides = sidesOf(condition, tokens);
  return conditionWarnings(condition).flatMap(({ source, suggestion, message }) => {
    // Equal sides have equal warnings: each takes the first side that is still free.
    const index = sides.findIndex((side) => side.source === source);
    const [side] = index === -1 ? [] : sides.splice(index, 1);
    if (side === undefined) return [];
    const { from, to } = side;
    return [{ from, to, message, suggestion, corrected: `${text.slice(0, from)}${suggestion}${text.slice(to)}` }];
  });
}

/** The UTF-16 offset of a column that counts code points from 1. */
export function offsetOfColumn(text: string, column: number): number {
  let offset = 0;
  let left = column - 1;
  for (const character of text) {
    if (left <= 0) break;
    offset += character.length;
    left -= 1;
  }
  return offset;
}

function rangeAt(text: string, tokens: ConditionReading['tokens'], from: number): Range {
  const word = tokens.find((token) => token.from <= from && from < token.to);
  if (word !== undefined) return { from, to: word.to };
  const [character = ''] = text.slice(from);
  return { from, to: from + character.length };
}

/** Where the two sources stand: in front of the operator, and from there to the first keyword. */
function sidesOf(condition: Condition & { kind: 'comparison' }, tokens: ConditionReading['tokens']): (Range & { source: string })[] {
  const operator = tokens.findIndex(({ kind }) => kind === 'operator');
  const keyword = tokens.findIndex(({ kind }) => kind === 'keyword');
  const left = tokens.slice(0, operator);
  const right = tokens.slice(operator + 1, keyword === -1 ? undefined : keyword);
  return [
    { ...spanOf(left), source: printSource(condition.left) },
    { ...spanOf(right), source: printSource(condition.right) },
  ];
}

function spanOf(tokens: ConditionReading['tokens']): Range {
  return { from: tokens[0]?.from ?? 0, to: tokens.at(-1)?.to ?? 0 };
}
