import { CaveError } from '@cave/core';
import { statementError } from './errors.js';
import type { Http } from './http.js';

/** A part of what a statement answers: rows of one series. A long series comes in several parts. */
export interface Rows {
  readonly name: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly columns: readonly string[];
  readonly values: readonly (readonly unknown[])[];
}

/** One statement, and who takes its rows as they come. */
export interface Statement {
  readonly text: string;
  onRows?(rows: Rows): void;
}

export interface StatementOptions {
  /** Database that statements without one of their own are about. */
  readonly database?: string | undefined;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** A statement that takes too long on a server that lives fails alone, not the whole call. Default false. */
  readonly apart: boolean;
}

/** Of each statement: null when it ran, else why not. */
export type StatementOutcome = CaveError | null;

/** Rows in one part of an answer: what has to be in memory at once. */
const CHUNK_ROWS = 10_000;
/** In the place of statements behind one that failed. */
const NOT_EXECUTED = 'not executed';
const FORM = 'application/x-www-form-urlencoded';
const NEWLINE = 0x0a;
/** A server that answers something simple within this time lives. */
const ALIVE_MS = 1_000;
/** Statements that may take too long before those behind them are given up with them. */
const MOST_TIME_OUTS = 2;

/** Values of tenants that a statement refers to as `$p0`, `$p1`, …: they are never part of its text. */
export class Parameters {
  readonly #values: string[] = [];

  /** The reference by which the statement's text names the value. */
  bind(value: string): string {
    return `$p${this.#values.push(value) - 1}`;
  }

  toJSON(): Record<string, string> {
    return Object.fromEntries(this.#values.map((value, i) => [`p${i}`, value]));
  }
}

/** InfluxQL through `/query`, which 1.x has and 2.x and 3.x keep for compatibility. */
export class Influxql {
  constructor(
    private readonly http: Http,
    private readonly queryTimeoutMs: number,
  ) {}

  /** Rows of a single statement. Throws what it failed with. */
  async rows(text: string, parameters: Parameters = new Parameters(), options: Partial<StatementOptions> = {}): Promise<readonly Rows[]> {
    const parts: Rows[] = [];
    const [failure] = await this.run([{ text, onRows: (rows) => void parts.push(rows) }], parameters, options);
    if (failure !== null && failure !== undefined) throw failure;
    return parts;
  }

  /**
   * Runs the statements one after another in as few requests as it takes. InfluxDB stops at the
   * first that fails; those behind it are sent again. Throws when the request as a whole failed,
   * with reason `beyond_json` when a result of some statement has no JSON.
   */
  async run(statements: readonly Statement[], parameters: Parameters, options: Partial<StatementOptions> = {}): Promise<readonly StatementOutcome[]> {
    const outcomes = new Array<StatementOutcome>(statements.length).fill(null);
    let open = statements.map((_, i) => i);
    let timeOuts = 0;
    while (open.length > 0) {
      const told = new Array<Told>(open.length).fill(undefined);
      const sent = open.flatMap((index) => statements[index] ?? []);
      try {
        await this.#request(sent, parameters, options, told);
      } catch (error) {
        if (options.apart !== true || !(error instanceof CaveError) || error.reason !== 'time_out' || !(await this.#lives(options.signal))) throw error;
        timeOuts += 1;
        told[told.indexOf(undefined)] = error;
        if (timeOuts === MOST_TIME_OUTS) told.forEach((one, i) => (told[i] = one ?? error));
      }
      told.forEach((outcome, i) => (outcomes[open[i] ?? 0] = typeof outcome === 'string' ? statementError(outcome, this.http.place) : (outcome ?? null)));
      // Statements stand behind one that failed, or the answer was cut.
      const left = open.filter((_, i) => told[i] === undefined);
      if (left.length > 0 && told.every((outcome) => outcome === null || outcome === undefined)) {
        throw new CaveError('unavailable', `InfluxDB at ${this.http.place} left ${left.length} of ${open.length} statements without an answer.`);
      }
      open = left;
    }
    return outcomes;
  }

  async #lives(signal: AbortSignal | undefined): Promise<boolean> {
    try {
      await this.rows('SHOW DATABASES', new Parameters(), { timeoutMs: ALIVE_MS, signal });
      return true;
    } catch {
      return false; // what the caller's own request ran into says more
    }
  }

  /** Notes of each statement what it was told, as far as the answer comes. */
  async #request(statements: readonly Statement[], parameters: Parameters, { database, timeoutMs = this.queryTimeoutMs, signal }: Partial<StatementOptions>, told: Told[]): Promise<void> {
    const form = new URLSearchParams({
      q: statements.map((statement) => statement.text).join(';'),
      params: JSON.stringify(parameters),
      epoch: 's',
      chunked: 'true',
      chunk_size: String(CHUNK_ROWS),
      ...(database === undefined ? {} : { db: database }),
    });
    const documents = new Documents((line) => this.#take(this.#parse(line), statements, told));
    await this.http.send({ method: 'POST', path: '/query', body: form.toString(), contentType: FORM, timeoutMs, signal, onData: (bytes) => documents.push(bytes) });
    documents.end();
  }

  #parse(line: string): Answer {
    try {
      return JSON.parse(line) as Answer;
    } catch (cause) {
      // In the place of a result with an infinite number stands the encoder's complaint.
      const reason = /^json: .*unsupported value/.test(line) ? 'beyond_json' : undefined;
      throw new CaveError('unavailable', `InfluxDB at ${this.http.place} answered what is no JSON (${line.slice(0, 200)}).`, { cause, ...(reason === undefined ? {} : { reason }) });
    }
  }

  #take({ results, error }: Answer, statements: readonly Statement[], told: Told[]): void {
    if (error !== undefined) throw new CaveError('unavailable', `InfluxDB at ${this.http.place} failed (${error}).`, { details: { text: error } });
    for (const result of results ?? []) {
      // 1.x says "not executed" of each statement behind one that failed, but under the number of that one.
      if (result.error === NOT_EXECUTED) continue;
      const id = result.statement_id ?? 0;
      if (result.error !== undefined) told[id] = result.error;
      else if (result.partial !== true) told[id] ??= null;
      for (const series of result.series ?? []) {
        statements[id]?.onRows?.({ name: series.name ?? '', tags: series.tags ?? {}, columns: series.columns, values: series.values ?? [] });
      }
    }
  }
}

/** Null: it ran to its end; undefined: nothing yet, or not all of it. */
type Told = string | CaveError | null | undefined;

interface Answer {
  readonly results?: readonly Result[];
  readonly error?: string;
}

interface Result {
  readonly statement_id?: number;
  readonly error?: string;
  /** More of the same is to come. */
  readonly partial?: boolean;
  readonly series?: readonly { readonly name?: string; readonly tags?: Record<string, string>; readonly columns: readonly string[]; readonly values?: readonly (readonly unknown[])[] }[];
}

/** Lines from bytes that are cut anywhere. */
class Documents {
  #parts: Buffer[] = [];

  constructor(private readonly take: (line: string) => void) {}

  push(bytes: Buffer): void {
    let from = 0;
    for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, from)) {
      this.#parts.push(bytes.subarray(from, at));
      this.end();
      from = at + 1;
    }
    if (from < bytes.length) this.#parts.push(bytes.subarray(from));
  }

  /** What is there is a whole line. */
  end(): void {
    const line = Buffer.concat(this.#parts).toString();
    this.#parts = [];
    if (line.trim() !== '') this.take(line);
  }
}
