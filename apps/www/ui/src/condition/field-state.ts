import { readCondition } from '@cave/core/language';
import { diagnose, offers, rangeOfColumn } from './diagnose.js';
import type { Offer } from './diagnose.js';
import type { Underline } from './editor-props.js';
import { toPlainWords } from './plain-words.js';
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
    help: condition !== null ? toPlainWords(condition) : fault !== null && wrong === null && text !== '' ? `Next: ${fault.expected.join(', ')}.` : null,
    offers: found,
    underlines: [...found.map(({ from, to }) => ({ from, to, severity: 'warning' as const })), ...(range === null ? [] : [{ from: range.from, to: range.to, severity: 'error' as const }])],
  };
}
