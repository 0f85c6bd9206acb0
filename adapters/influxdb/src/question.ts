import { CaveError, aggregate, type Answer, type Question, type WindowAggregator } from '@cave/core';
import type { Dialect } from './dialect.js';
import type { Parameters, Rows } from './influxql.js';
import { FIELD, NEWEST_SECOND } from './lines.js';
import { encodeMetric, encodeTagKey, encodeTagValue, quoteIdentifier } from './names.js';

/** Windows of one question; more would only be asked by mistake. */
const MAX_WINDOWS = 1_000_000;
/** Raw points that are read to compute one question's windows here. */
const MAX_RAW_POINTS = 5_000_000;

/** InfluxQL's windows are counted in nanoseconds of 64 bits. */
const WIDEST_WINDOW = 1_000_000_000;

const VALUE = quoteIdentifier(FIELD);

/**
 * What InfluxQL computes as CAVE's aggregators are defined, over all series merged.
 *
 * - `percentile` is nearest rank floor(n·p/100 + 0.5) in doubles. That is the same rank for whole
 *   p, since n·p and a half are exact; for 99.9 a product on the edge is only ever rounded up,
 *   because the double next to 99.9 lies above it.
 * - `stddev` is the sample's and null for one point; `median` averages the two in the middle.
 * - `last` is the newest by nanosecond, so by number within a second.
 * - `mode` is not here: its sort is not stable and forgets which value came first, and where
 *   all values differ it answers the smallest.
 */
const PUSHED_DOWN: Readonly<Partial<Record<WindowAggregator, string>>> = {
  count: `count(${VALUE})`,
  min: `min(${VALUE})`,
  max: `max(${VALUE})`,
  mean: `mean(${VALUE})`,
  median: `median(${VALUE})`,
  sum: `sum(${VALUE})`,
  stddev: `stddev(${VALUE})`,
  p90: `percentile(${VALUE}, 90)`,
  p95: `percentile(${VALUE}, 95)`,
  p99: `percentile(${VALUE}, 99)`,
  p999: `percentile(${VALUE}, 99.9)`,
  last: `last(${VALUE})`,
};

type WindowsQuestion = Extract<Question, { kind: 'windows' }>;
type PointsQuestion = Extract<Question, { kind: 'points' }>;

/** What is wrong with a question, or null. */
export function questionProblem(question: Question): CaveError | null {
  const whole = question.kind === 'points' ? [question.range.from, question.range.to, question.limit] : [question.from, question.width, question.count];
  if (!whole.every(Number.isSafeInteger)) return new CaveError('invalid_argument', 'Times, widths, counts and limits of a question must be whole numbers.');
  if (question.kind === 'points') return question.limit < 0 ? new CaveError('invalid_argument', 'The limit of a question must not be negative.') : null;
  if (question.width < 1) return new CaveError('invalid_argument', 'A window must be at least one second wide.');
  if (question.count < 0 || question.count > MAX_WINDOWS) return new CaveError('invalid_argument', `A question has 0 to ${MAX_WINDOWS} windows.`);
  return null;
}

/** The statement that answers one question, and what becomes of its rows. */
export interface Asked {
  /** Begins anew. Null: the range holds nothing, whatever is stored. */
  statement(parameters: Parameters): string | null;
  onRows(rows: Rows): void;
  /** Whether there was any row. */
  found(): boolean;
  answer(): Answer;
}

/** @param oldest points before it have expired, deleted or not. */
export function ask(question: Question, dialect: Dialect, database: string, oldest: number): Asked {
  const scope = new Scope(question, dialect, database, oldest);
  if (question.kind === 'points') return new AskedPoints(question, scope);
  const pushed = PUSHED_DOWN[question.aggregator];
  return pushed === undefined || (question.count > 1 && question.width > WIDEST_WINDOW) ? askRaw(question, dialect, database, oldest) : new AskedWindows(question, scope, pushed);
}

/** The same question with its points read and everything computed here. */
export function askRaw(question: WindowsQuestion, dialect: Dialect, database: string, oldest: number): Asked {
  return new AskedRawWindows(question, new Scope(question, dialect, database, oldest));
}

/** The statement that tells whether a series of the question was ever seen. */
export function knownStatement(question: Question, dialect: Dialect, database: string, parameters: Parameters): string {
  return dialect.knownStatement(database, encodeMetric(question.metric), conditions(question, parameters));
}

/** A tag that nobody has is never compared with '': no value is written as empty text. */
function conditions(question: Question, parameters: Parameters): string[] {
  return Object.entries(question.tags).map(([key, value]) => `${quoteIdentifier(encodeTagKey(key))} = ${parameters.bind(encodeTagValue(value))}`);
}

/** Where a question looks: one measurement, some tags, a half-open range. */
class Scope {
  readonly from: number;
  readonly to: number;

  constructor(
    private readonly question: Question,
    private readonly dialect: Dialect,
    private readonly database: string,
    oldest: number,
  ) {
    const { from, to } = question.kind === 'points' ? question.range : { from: question.from, to: question.from + question.width * question.count };
    this.from = Math.max(from, oldest, 0);
    this.to = Math.min(to, NEWEST_SECOND + 1);
  }

  get empty(): boolean {
    return this.from >= this.to;
  }

  select(what: string, tail: string, parameters: Parameters): string {
    const where = [`time >= ${this.from}s`, `time < ${this.to}s`, ...conditions(this.question, parameters)];
    return `SELECT ${what} FROM ${this.dialect.from(this.database, encodeMetric(this.question.metric))} WHERE ${where.join(' AND ')}${tail}`;
  }
}

class AskedPoints implements Asked {
  #times: number[] = [];
  #values: number[] = [];

  constructor(
    private readonly question: PointsQuestion,
    private readonly scope: Scope,
  ) {}

  statement(parameters: Parameters): string | null {
    this.#times = [];
    this.#values = [];
    // LIMIT 0 would be no limit.
    if (this.scope.empty || this.question.limit === 0) return null;
    return this.scope.select(VALUE, ` ORDER BY time DESC LIMIT ${this.question.limit}`, parameters);
  }

  onRows({ values }: Rows): void {
    for (const row of values) {
      this.#times.push(row[0] as number);
      this.#values.push(row[1] as number);
    }
  }

  found(): boolean {
    return this.#times.length > 0;
  }

  answer(): Answer {
    return { kind: 'points', times: this.#times, values: this.#values };
  }
}

class AskedWindows implements Asked {
  readonly #values: (number | null)[];
  #found = false;

  constructor(
    private readonly question: WindowsQuestion,
    private readonly scope: Scope,
    private readonly what: string,
  ) {
    this.#values = new Array<number | null>(question.count).fill(null);
  }

  statement(parameters: Parameters): string | null {
    const { from, width, count } = this.question;
    this.#values.fill(null);
    this.#found = false;
    if (this.scope.empty || count === 0) return null;
    // Windows are counted from the epoch, moved by the offset.
    const windows = count === 1 ? '' : ` GROUP BY time(${width}s, ${from - Math.floor(from / width) * width}s) fill(none)`;
    return this.scope.select(this.what, windows, parameters);
  }

  onRows({ values }: Rows): void {
    const { from, width, count } = this.question;
    for (const row of values) {
      const value = row[1];
      const window = count === 1 ? 0 : Math.floor(((row[0] as number) - from) / width);
      this.#found = true;
      if (typeof value === 'number' && window >= 0 && window < count) this.#values[window] = value;
    }
  }

  found(): boolean {
    return this.#found;
  }

  answer(): Answer {
    return { kind: 'windows', values: this.#values };
  }
}

class AskedRawWindows implements Asked {
  readonly #windows = new Map<number, number[]>();
  #points = 0;

  constructor(
    private readonly question: WindowsQuestion,
    private readonly scope: Scope,
  ) {}

  statement(parameters: Parameters): string | null {
    this.#windows.clear();
    this.#points = 0;
    return this.scope.empty ? null : this.scope.select(VALUE, ` LIMIT ${MAX_RAW_POINTS + 1}`, parameters);
  }

  onRows({ values }: Rows): void {
    const { from, width } = this.question;
    this.#points += values.length;
    if (this.#points > MAX_RAW_POINTS) {
      this.#windows.clear();
      return;
    }
    for (const row of values) {
      const window = Math.floor(((row[0] as number) - from) / width);
      const found = this.#windows.get(window);
      if (found === undefined) this.#windows.set(window, [row[1] as number]);
      else found.push(row[1] as number);
    }
  }

  found(): boolean {
    return this.#points > 0;
  }

  answer(): Answer {
    const { aggregator, count } = this.question;
    if (this.#points > MAX_RAW_POINTS) {
      return { kind: 'error', error: new CaveError('too_large', `The question covers more than ${MAX_RAW_POINTS} points. Ask for less time or fewer series.`) };
    }
    return { kind: 'windows', values: Array.from({ length: count }, (_, i) => valueOf(aggregator, this.#windows.get(i) ?? [])) };
  }
}

function valueOf(aggregator: WindowAggregator, values: readonly number[]): number | null {
  if (aggregator === 'last') return values.at(-1) ?? null;
  const result = aggregate(aggregator, values);
  // Finite values can have a sum, mean or deviation beyond the largest number: no value rather than Infinity.
  return result !== null && Number.isFinite(result) ? result : null;
}
