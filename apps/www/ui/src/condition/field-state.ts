import { readCondition } from '@cave/core/language';
import { diagnose, offers, rangeOfColumn } from './diagnose.js';
import type { Offer } from './diagnose.js';
import type { Underline } from './editor-props.js';
import { OPERATOR_WORDS, toPlainWords } from './plain-words.js';
import type { ServerError } from './props.js';

/** What the field shows around its text. */
export interface FieldState {
  /** The api's answer or the parser's; null while all is well or the text is still being written. */
  readonly error: string | null;
  readonly help: string | null;
  readonly offers: readonly Offer[];
  readonly underlines: readonly Underline[];
}

/**
 * `settled`: the user has left the field or pressed Enter. Before that, a text that only stops
 * too early is helped on instead of being called wrong with every key.
 */
export function fieldState(text: string, settled: boolean, serverError: ServerError | undefined): FieldState {
  const fault = diagnose(text);
  const wrong = fault !== null && (settled || !fault.atEnd) ? fault : null;
  const found = offers(text);
  const { condition } = readCondition(text);
  const range = rangeOfColumn(text, serverError?.column) ?? wrong;
  return {
    error: serverError?.message ?? wrong?.message ?? null,
    help: condition !== null ? toPlainWords(condition) : fault !== null && wrong === null && text !== '' ? `Next: ${nextWords(fault.expected)}.` : null,
    offers: found,
    underlines: [...found.map(({ from, to }) => ({ from, to, severity: 'warning' as const })), ...(range === null ? [] : [{ from: range.from, to: range.to, severity: 'error' as const }])],
  };
}

/** Rather left out while there is something else: they come to mind by themselves, or hardly ever. */
const MINOR: ReadonlySet<string> = new Set(['"["', '"."', '"*"']);

/** What could come next, shorter than an error says it. */
function nextWords(expected: readonly string[]): string {
  const major = expected.filter((one) => !MINOR.has(one));
  const words = (major.length === 0 ? expected : major).map((one) => (one.slice(1, -1) in OPERATOR_WORDS ? 'a comparison such as >' : one));
  return [...new Set(words)].join(', ');
}
