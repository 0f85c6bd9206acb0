import { AGGREGATORS, EXPECTED, EXPECTED_DURATION, printName, printTagValue } from '@cave/core/language';
import type { ComparisonOperator, Token } from '@cave/core/language';
import type { Place } from './completion-place.js';
import type { PieceKind } from './pieces.js';
import { OPERATOR_WORDS } from './plain-words.js';
import type { KnownMetric } from './props.js';

export interface CompletionOption {
  readonly kind: PieceKind;
  /** What is shown, and compared with what is typed. */
  readonly label: string;
  readonly detail?: string;
  /** What is written. */
  readonly insert: string;
  /** What of `insert` is then selected; without it the cursor goes to the end. */
  readonly select?: readonly [from: number, to: number];
  /** Whether to go on with completion after it. */
  readonly reopen: boolean;
}

const DURATIONS = ['1m', '5m', '15m', '1h'] as const;
const UNITS = ['s', 'm', 'h', 'd'] as const;
const COUNTS = ['2', '3', '5'] as const;

/** Offered after everything else, in this order: a comparison is what most conditions are. */
const SELDOM: readonly string[] = ['"missing for"', '"["', '"*"'];

/** Words that say little without the ones after them: what they are written as, with the number to change. */
const PHRASES: Readonly<Record<string, string>> = { 'at least': 'at least 3 times', least: 'least 3 times' };

/** Everything that could stand at a place, whatever is typed there; `values` are the tag's, where one is expected. */
export function completionOptions(place: Place, metrics: readonly KnownMetric[], values: readonly string[]): readonly CompletionOption[] {
  return [...place.expected].sort(byUse).flatMap((expected) => {
    switch (expected) {
      case EXPECTED.name:
        return metrics.map(({ name }) => option('name', name, printName(name)));
      case EXPECTED.tag:
        return freeTags(place, metrics).map((tag) => option('tag', tag, printName(tag), place.after.startsWith(':') ? '' : ': '));
      case EXPECTED.value:
        return values.map((value) => option('value', value, printTagValue(value)));
      case EXPECTED.times:
        return COUNTS.map((count) => option('number', count, count, place.after.startsWith('times') ? '' : ' times'));
      case EXPECTED_DURATION:
        return durations(place.typed).map((duration) => option('duration', duration, duration));
      default:
        return wordOptions(place, expected);
    }
  });
}

/** As the parser looks for them, but what is seldom meant last. */
function byUse(a: string, b: string): number {
  return SELDOM.indexOf(a) - SELDOM.indexOf(b);
}

/** Options for a word of the language: an aggregator as it is, others in the double quotes of an error's list. */
function wordOptions(place: Place, expected: string): readonly CompletionOption[] {
  const aggregator = AGGREGATORS.find((one) => one === expected);
  if (aggregator !== undefined) return [option('aggregator', aggregator, aggregator, place.after.startsWith('.') ? '' : '.')];
  const word = /^"(.+)"$/.exec(expected)?.[1];
  const lead = place.needsSpace ? ' ' : '';
  if (word === undefined) return [];
  if (word in OPERATOR_WORDS) {
    return [{ kind: 'operator', label: word, detail: OPERATOR_WORDS[word as ComparisonOperator], insert: `${lead}${word} `, reopen: false }];
  }
  if (word === '*') return [{ kind: 'operator', label: word, detail: 'times a factor', insert: `${lead}* `, reopen: false }];
  if (word === '[') return [{ kind: 'bracket', label: word, detail: 'only with certain tags', insert: '[', reopen: true }];
  // After a bare name a dot would be part of it.
  if (word === '.' && place.before.at(-1)?.value === ']') return [{ kind: 'punctuation', label: word, detail: 'aggregate', insert: '.', reopen: true }];
  return /^[a-z]{2}/.test(word) ? [keyword(lead, word)] : [];
}

function keyword(lead: string, word: string): CompletionOption {
  const phrase = PHRASES[word];
  if (phrase === undefined) return { kind: 'keyword', label: word, insert: `${lead}${word} `, reopen: true };
  const number = lead.length + phrase.indexOf('3');
  return { kind: 'keyword', label: phrase.replace('3', 'N'), insert: `${lead}${phrase}`, select: [number, number + 1], reopen: false };
}

/** `follow` is written after it when it is not there yet, and completion goes on. */
function option(kind: PieceKind, label: string, text: string, follow = ''): CompletionOption {
  return { kind, label, insert: `${text}${follow}`, reopen: follow.trim() === ':' || follow === '.' };
}

function durations(typed: string): readonly string[] {
  const digits = /^[0-9]+/.exec(typed)?.[0];
  return digits === undefined ? DURATIONS : UNITS.map((unit) => `${digits}${unit}`);
}

/** The tags of the metric whose brackets these are, without those that stand there. */
function freeTags({ before }: Place, metrics: readonly KnownMetric[]): readonly string[] {
  const start = before.findLastIndex(({ kind }: Token) => kind === 'name');
  const used = new Set(before.slice(start + 1).filter(({ kind }) => kind === 'tag').map(({ value }) => value));
  const tags = metrics.find(({ name }) => name === before[start]?.value)?.tags ?? [];
  return tags.filter((tag) => !used.has(tag));
}
