import { CaveError } from '../errors.js';
import { codePoints } from './names.js';

/** `details` of every error in a condition, duration or period. */
export interface SyntaxFault {
  /** 1-based, in Unicode code points. */
  readonly column: number;
  /** What would have been right there, each ready to be shown. */
  readonly expected: readonly string[];
  /** What stands there; `the end` after the last character. */
  readonly found: string;
}

/** What a word of a condition, duration or period is there for. */
export type TokenKind = 'name' | 'tag' | 'value' | 'aggregator' | 'duration' | 'number' | 'operator' | 'keyword' | 'symbol';

/** A word as it was read. Between two of them is white space or nothing. */
export interface Token {
  readonly kind: TokenKind;
  /** Offsets in UTF-16 units; `to` is after the last one. */
  readonly from: number;
  readonly to: number;
  /** What it says: its text, for a name in quotes without quotes and escapes. */
  readonly value: string;
}

/** Where a text in quotes ends, also one that is not closed yet or has a wrong escape. */
export const QUOTED = /"(?:[^"\\]|\\.?)*"?/suy;

const SPACE = /\s*/y;
const WORD = /[A-Za-z0-9_.-]+|[<>=!]=?|./suy;
const FOUND_LENGTH = 40;

/**
 * A cursor over a text. Each attempt to read something leaves a note of what was looked for,
 * and where; `fail` turns the notes of the furthest place into the error. So a parser never
 * has to list by hand what could have come next. White space before a token is skipped.
 */
export class Scanner {
  #position = 0;
  #notedAt = -1;
  readonly #noted = new Set<string>();

  /** `what` begins the sentence of an error: `The condition`. `tokens` takes what was read, also in front of an error. */
  constructor(
    readonly text: string,
    readonly what: string,
    readonly tokens?: Token[],
  ) {}

  /** What was looked for at the furthest place reached, whether something stood there or not. */
  get expected(): readonly string[] {
    return [...this.#noted];
  }

  /** Where the next token begins. */
  mark(): number {
    SPACE.lastIndex = this.#position;
    SPACE.exec(this.text);
    this.#position = SPACE.lastIndex;
    return this.#position;
  }

  /** The text that a sticky `pattern` matches here, or null. `labels` are the note. */
  match(kind: TokenKind, pattern: RegExp, ...labels: readonly string[]): string | null {
    this.#note(labels);
    pattern.lastIndex = this.#position;
    const found = pattern.exec(this.text);
    if (found === null) return null;
    this.#take(kind, pattern.lastIndex, found[0]);
    return found[0];
  }

  /** Whether `symbol` stands here; if so, it is read. */
  symbol(symbol: string): boolean {
    this.#note([`"${symbol}"`]);
    if (!this.text.startsWith(symbol, this.#position)) return false;
    this.#take('symbol', this.#position + symbol.length, symbol);
    return true;
  }

  /** Reads `symbol` or fails. */
  expectSymbol(symbol: string): void {
    if (!this.symbol(symbol)) this.fail();
  }

  /** A text in double quotes, in which `\"` and `\\` stand for `"` and `\`; null when none begins here. */
  quoted(kind: TokenKind, label: string): string | null {
    this.#note([label]);
    const start = this.#position;
    QUOTED.lastIndex = start;
    if (!QUOTED.test(this.text)) return null;
    const end = QUOTED.lastIndex;
    let at = start + 1;
    let content = '';
    for (;;) {
      const character = this.text[at];
      if (character === '"') break;
      if (character === undefined) {
        this.#take(kind, end, content);
        this.failAt(at, ['a closing double quote']);
      }
      if (character === '\\') {
        at += 1;
        const escaped = this.text[at];
        if (escaped !== '"' && escaped !== '\\') {
          this.#take(kind, end, content);
          this.failAt(at, ['a double quote', 'a backslash'], 'after the backslash');
        }
        content += escaped;
      } else {
        content += character;
      }
      at += 1;
    }
    this.#take(kind, end, content);
    return content;
  }

  /** Fails unless only white space is left. */
  expectEnd(): void {
    this.#note(['the end']);
    if (this.#position < this.text.length) this.fail();
  }

  /** Throws what was looked for at the furthest place reached. */
  fail(): never {
    this.failAt(this.#notedAt, [...this.#noted]);
  }

  /** Throws at a place of the caller's choice, such as the beginning of a number that is too big. */
  failAt(position: number, expected: readonly string[], why?: string): never {
    const fault: SyntaxFault = { column: codePoints(this.text.slice(0, position)) + 1, expected, found: this.#foundAt(position) };
    const wanted = expected.length === 1 ? expected[0] : `one of ${expected.join(', ')}`;
    throw new CaveError(
      'invalid_argument',
      `${this.what} is wrong at column ${fault.column}: expected ${wanted}${why === undefined ? '' : ` ${why}`}, found ${fault.found}.`,
      { reason: 'syntax', details: { ...fault } },
    );
  }

  #take(kind: TokenKind, to: number, value: string): void {
    this.tokens?.push({ kind, from: this.#position, to, value });
    this.#position = to;
  }

  #foundAt(position: number): string {
    WORD.lastIndex = position;
    const word = WORD.exec(this.text)?.[0];
    if (word === undefined) return 'the end';
    return word.length > FOUND_LENGTH ? `${word.slice(0, FOUND_LENGTH)}…` : word;
  }

  #note(labels: readonly string[]): void {
    const position = this.mark();
    if (position > this.#notedAt) {
      this.#notedAt = position;
      this.#noted.clear();
    }
    if (position === this.#notedAt) for (const label of labels) this.#noted.add(label);
  }
}
