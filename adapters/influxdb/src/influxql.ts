import { CaveError, toCaveError } from '@cave/core';
import { requestError, statementError } from './errors.js';
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
}

/** Of each statement: null when it ran, else why not. */
export type StatementOutcome = CaveError | null;

/** Rows in one part of an answer: what has to be in memory at once. */
const CHUNK_ROWS = 10_000;
/** In the place of statements behind one that failed. */
const NOT_EXECUTED = 'not executed';
const FORM = 'application/x-www-form-urlencoded';
const NEWLINE = 0x0a;

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
   * first that fails; those behind it are sent again. Throws when the request as a whole failed.
   */
  async run(statements: readonly Statement[], parameters: Parameters, options: Partial<StatementOptions> = {}): Promise<readonly StatementOutcome[]> {
    const outcomes: StatementOutcome[] = [];
    while (outcomes.length < statements.length) {
      const sent = statements.slice(outcomes.length);
      const errors = await this.#request(sent, parameters, options);
      const stopped = errors.findIndex((error) => error === NOT_EXECUTED);
      const told = stopped < 1 ? errors : errors.slice(0, stopped);
      outcomes.push(...told.map((error) => (error === null ? null : statementError(error, this.http.place))));
    }
    return outcomes;
  }

  async #request(statements: readonly Statement[], parameters: Parameters, { database, timeoutMs = this.queryTimeoutMs, signal }: Partial<StatementOptions>): Promise<readonly (string | null)[]> {
    const form = new URLSearchParams({
      q: statements.map((statement) => statement.text).join(';'),
      params: JSON.stringify(parameters),
      epoch: 's',
      chunked: 'true',
      chunk_size: String(CHUNK_ROWS),
      ...(database === undefined ? {} : { db: database }),
    });
    const errors: (string | null)[] = statements.map(() => null);
    const seen = new Set<number>();
    const documents = new Documents((document) => this.#take(document, statements, errors, seen));
    await this.http.send({ method: 'POST', path: '/query', body: form.toString(), contentType: FORM, timeoutMs, signal, onData: (bytes) => documents.push(bytes) });
    try {
      documents.end();
    } catch (error) {
      throw requestError(toCaveError(error, 'unavailable'), this.http.place);
    }
    if (seen.size < statements.length && !errors.some((error) => error !== null)) {
      throw new CaveError('unavailable', `InfluxDB at ${this.http.place} answered only ${seen.size} of ${statements.length} statements.`);
    }
    return errors;
  }

  #take(document: unknown, statements: readonly Statement[], errors: (string | null)[], seen: Set<number>): void {
    const { results, error } = document as { readonly results?: readonly Result[]; readonly error?: string };
    if (error !== undefined) throw new CaveError('unavailable', `InfluxDB at ${this.http.place} failed (${error}).`, { details: { text: error } });
    for (const result of results ?? []) {
      const id = result.statement_id ?? 0;
      seen.add(id);
      if (result.error !== undefined) errors[id] = result.error;
      for (const series of result.series ?? []) {
        statements[id]?.onRows?.({ name: series.name ?? '', tags: series.tags ?? {}, columns: series.columns, values: series.values ?? [] });
      }
    }
  }
}

interface Result {
  readonly statement_id?: number;
  readonly error?: string;
  readonly series?: readonly { readonly name?: string; readonly tags?: Record<string, string>; readonly columns: readonly string[]; readonly values?: readonly (readonly unknown[])[] }[];
}

/** JSON documents, one a line, from bytes that are cut anywhere. */
class Documents {
  #parts: Buffer[] = [];

  constructor(private readonly take: (document: unknown) => void) {}

  push(bytes: Buffer): void {
    let from = 0;
    for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, from)) {
      this.#parts.push(bytes.subarray(from, at));
      this.end();
      from = at + 1;
    }
    if (from < bytes.length) this.#parts.push(bytes.subarray(from));
  }

  /** What is there is a whole document. */
  end(): void {
    const text = Buffer.concat(this.#parts).toString();
    this.#parts = [];
    if (text.trim() !== '') this.take(JSON.parse(text));
  }
}
