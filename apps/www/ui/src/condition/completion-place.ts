import { readCondition } from '@cave/core/language';
import type { SyntaxFault, Token } from '@cave/core/language';

/** Where something could be written, and what the parser looks for there. */
export interface Place {
  readonly from: number;
  readonly to: number;
  /** What stands there already, without quotes and escapes. */
  readonly typed: string;
  /** As `readCondition` says it. */
  readonly expected: readonly string[];
  /** The words in front of it. */
  readonly before: readonly Token[];
  /** The text after `to`, without white space in front. */
  readonly after: string;
  /** Whether a word must be parted from what stands in front. */
  readonly needsSpace: boolean;
  /** Set where a tag's value is expected: the tag, and the metric that has it. */
  readonly value: { readonly metric: string; readonly tag: string } | null;
}

const END = 'the end';

/** The word that the cursor touches the end of, if any; then, if `asked`, what could follow it. */
export function placesAt(text: string, position: number, asked: boolean): readonly Place[] {
  const { tokens } = readCondition(text.slice(0, position));
  const word = wordBefore(tokens, position);
  if (word === null) return place(text, position, position, '', asked);
  if (word.kind === 'number' && !asked) return place(text, word.from, position, word.typed, asked).filter(isCount);
  return [...place(text, word.from, position, word.typed, asked), ...(asked ? place(text, position, position, '', asked) : [])];
}

/** Metrics that begin with a digit are rare; a number that is being typed is not the beginning of one. */
function isCount({ before }: Place): boolean {
  return before.at(-1)?.kind === 'keyword';
}

function place(text: string, from: number, position: number, typed: string, asked: boolean): readonly Place[] {
  const { tokens, error, expected } = readCondition(text.slice(0, from));
  // After an earlier fault nobody knows what was meant.
  if (error !== null && (error.details as unknown as SyntaxFault).found !== END) return [];
  if (!asked && typed === '' && expected.includes(END)) return [];
  const to = from === position ? position : wordEnd(text, from, position);
  const last = tokens.at(-1);
  const needsSpace = last !== undefined && last.to === from && last.kind !== 'symbol';
  return [{ from, to, typed, expected, before: tokens, after: text.slice(to).trimStart(), needsSpace, value: valueOf(tokens) }];
}

function wordBefore(tokens: readonly Token[], position: number): { from: number; kind: Token['kind']; typed: string } | null {
  const [before, last] = [tokens.at(-2), tokens.at(-1)];
  if (last === undefined || last.to !== position || last.kind === 'symbol' || last.kind === 'operator') return null;
  // The digits of a duration and its unit are two words.
  if (last.kind === 'duration' && before?.kind === 'duration' && before.to === last.from) {
    return { from: before.from, kind: 'duration', typed: before.value + last.value };
  }
  return { from: last.from, kind: last.kind, typed: last.value.replace(/^"/, '') };
}

/** The end of the word that begins at `from`; one in quotes that are not closed ends at the cursor. */
function wordEnd(text: string, from: number, position: number): number {
  const { tokens } = readCondition(text);
  const index = tokens.findIndex((token) => token.from === from);
  const [token, next] = [tokens[index], tokens[index + 1]];
  if (token === undefined) return position;
  const written = text.slice(from, token.to);
  if (written.startsWith('"') && !(written.length > 1 && written.endsWith('"'))) return position;
  const unit = token.kind === 'duration' && next?.kind === 'duration' && next.from === token.to;
  return Math.max(position, unit ? next.to : token.to);
}

function valueOf(tokens: readonly Token[]): Place['value'] {
  const [tag, colon] = [tokens.at(-2), tokens.at(-1)];
  const metric = tokens.findLast(({ kind }) => kind === 'name');
  if (colon?.value !== ':' || colon.kind !== 'symbol' || tag?.kind !== 'tag' || metric === undefined) return null;
  return { metric: metric.value, tag: tag.value };
}
