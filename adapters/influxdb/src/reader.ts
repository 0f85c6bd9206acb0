import { CaveError, errorCode, throwIfAborted, toCaveError, type Answer, type Clock, type Question } from '@cave/core';
import type { Databases } from './databases.js';
import type { Dialect } from './dialect.js';
import { Parameters, type Influxql, type Statement, type StatementOutcome } from './influxql.js';
import { ask, askRaw, knownStatement, questionProblem, type Asked } from './question.js';
import { CallSignal, type Slots } from './slots.js';

/** Statements in one request: few enough that others get their turn, many enough that requests cost little. */
const STATEMENTS_PER_REQUEST = 50;

/** One statement of a request, about a database. */
interface Part {
  readonly index: number;
  readonly database: string;
  readonly text: (parameters: Parameters) => string;
  readonly onRows: NonNullable<Statement['onRows']>;
}

/** Answers questions by InfluxQL, many in one request. */
export class Reader {
  constructor(
    private readonly influxql: Influxql,
    private readonly dialect: Dialect,
    private readonly databases: Databases,
    private readonly slots: Slots,
    private readonly clock: Clock,
    private readonly retentionSeconds: number,
  ) {}

  async query(questions: readonly Question[], signal: AbortSignal | undefined): Promise<readonly Answer[]> {
    const call = new CallSignal(signal);
    try {
      return await this.#query(questions, call.signal);
    } finally {
      call.release();
    }
  }

  async #query(questions: readonly Question[], signal: AbortSignal): Promise<readonly Answer[]> {
    throwIfAborted(signal);
    const oldest = Math.ceil(this.clock.nowMs() / 1000) - this.retentionSeconds;
    const answers: (Answer | null)[] = questions.map((question) => {
      const error = questionProblem(question) ?? this.#nameProblem(question.database);
      return error === null ? null : { kind: 'error', error };
    });
    const open = questions.filter((_, i) => answers[i] === null);
    const existing = open.length === 0 ? new Set<string>() : await this.slots.run(() => this.databases.existing(open.map((question) => question.database)), signal);
    const asked = questions.map((question, i): Asked | null => {
      if (answers[i] !== null) return null;
      if (!existing.has(question.database)) {
        answers[i] = { kind: 'unknown_series' };
        return null;
      }
      return ask(question, this.dialect, this.databases.encode(question.database), oldest);
    });
    await this.#ask(questions, asked, answers, signal);
    await this.#askBeyondJson(questions, asked, answers, oldest, signal);
    await this.#tellKnown(questions, asked, answers, signal);
    return answers.map((answer) => answer ?? { kind: 'error', error: new CaveError('internal', 'A question was left without an answer.') });
  }

  async #ask(questions: readonly Question[], asked: readonly (Asked | null)[], answers: (Answer | null)[], signal: AbortSignal): Promise<void> {
    const parts = asked.flatMap((one, index): Part[] => {
      if (one === null || answers[index] !== null || one.statement(new Parameters()) === null) return [];
      return [{ index, database: questions[index]?.database ?? '', text: (parameters) => one.statement(parameters) ?? '', onRows: (rows) => one.onRows(rows) }];
    });
    await this.#run(parts, signal, (part, outcome) => {
      if (outcome !== null) answers[part.index] = this.#failed(part, outcome);
      else if (asked[part.index]?.found() === true) answers[part.index] = asked[part.index]?.answer() ?? null;
    });
  }

  /** A result that is no finite number has no JSON; then the points are read and computed here. */
  async #askBeyondJson(questions: readonly Question[], asked: (Asked | null)[], answers: (Answer | null)[], oldest: number, signal: AbortSignal): Promise<void> {
    const again = asked.map((_, i): Asked | null => {
      const question = questions[i];
      const answer = answers[i];
      if (question?.kind !== 'windows' || answer?.kind !== 'error' || !isBeyondJson(answer.error)) return null;
      answers[i] = null;
      return (asked[i] = askRaw(question, this.dialect, this.databases.encode(question.database), oldest));
    });
    if (again.some((one) => one !== null)) await this.#ask(questions, again, answers, signal);
  }

  /** Of what is still open nothing was found: is the series known at all? */
  async #tellKnown(questions: readonly Question[], asked: readonly (Asked | null)[], answers: (Answer | null)[], signal: AbortSignal): Promise<void> {
    const known = new Set<number>();
    const parts = questions.flatMap((question, index): Part[] => {
      if (answers[index] !== null) return [];
      const text = (parameters: Parameters): string => knownStatement(question, this.dialect, this.databases.encode(question.database), parameters);
      return [{ index, database: question.database, text, onRows: ({ values }) => void (values.length > 0 && known.add(index)) }];
    });
    await this.#run(parts, signal, (part, outcome) => {
      if (outcome !== null) answers[part.index] = this.#failed(part, outcome);
      else answers[part.index] = known.has(part.index) ? (asked[part.index]?.answer() ?? null) : { kind: 'unknown_series' };
    });
  }

  #nameProblem(database: string): CaveError | null {
    try {
      this.databases.encode(database);
      return null;
    } catch (error) {
      return toCaveError(error);
    }
  }

  #failed(part: Part, error: CaveError): Answer {
    if (error.code !== 'not_found') return { kind: 'error', error };
    this.databases.forget(part.database);
    return { kind: 'unknown_series' };
  }

  /** Runs the parts in as few requests as fairness allows. */
  async #run(parts: readonly Part[], signal: AbortSignal, settle: (part: Part, outcome: StatementOutcome) => void): Promise<void> {
    const request = (group: readonly Part[]) => async (): Promise<void> => {
      try {
        const outcomes = await this.#request(group, signal);
        group.forEach((part, i) => settle(part, outcomes[i] ?? null));
      } catch (error) {
        const failure = toCaveError(error);
        if (!isAboutStatements(failure)) throw failure;
        if (group.length === 1) group.forEach((part) => settle(part, failure));
        else for (const half of [group.slice(0, group.length >> 1), group.slice(group.length >> 1)]) await request(half)();
      }
    };
    await this.slots.all(this.#groups(parts).map(request), signal);
  }

  #request(group: readonly Part[], signal: AbortSignal): Promise<readonly StatementOutcome[]> {
    const parameters = new Parameters();
    const statements = group.map((part): Statement => ({ text: part.text(parameters), onRows: part.onRows }));
    const database = this.dialect.mixesDatabases ? undefined : this.databases.encode(group[0]?.database ?? '');
    return this.influxql.run(statements, parameters, { database, signal, apart: true });
  }

  #groups(parts: readonly Part[]): Part[][] {
    const groups: Part[][] = [];
    const current = new Map<string, Part[]>();
    for (const part of parts) {
      const key = this.dialect.mixesDatabases ? '' : part.database;
      let group = current.get(key);
      if (group === undefined || group.length >= STATEMENTS_PER_REQUEST) {
        group = [];
        groups.push(group);
        current.set(key, group);
      }
      group.push(part);
    }
    return groups;
  }
}

/** A refusal that other statements of the request need not share. */
function isAboutStatements(error: CaveError): boolean {
  return ['invalid_argument', 'forbidden', 'too_large', 'not_found'].includes(errorCode(error)) || isBeyondJson(error);
}

function isBeyondJson(error: CaveError): boolean {
  return error.reason === 'beyond_json';
}
