import { CaveError } from '@cave/core';
import type { Answer, Question } from '@cave/core';
import type { DuckDBConnection } from '@duckdb/node-api';
import { answer, rangeOf } from './answer.js';
import type { WindowQuestion } from './answer.js';
import { countPoints, readNewest, readPoints } from './duckdb-file.js';
import { databaseError } from './errors.js';
import { SeriesPoints } from './series-points.js';

/** Points that one reading may bring into memory: about 64 MB. */
const MAX_POINTS = 4_000_000;
/** Questions are read together while their common range is at most this many times the longest of them. */
const MAX_STRETCH = 2;

export interface ColdQuestion {
  readonly question: Question;
  readonly sids: readonly number[];
  readonly settle: (answer: Answer) => void;
}

/**
 * Answers questions from disk. Those of similar ranges share one scan; what it brings is
 * put into the same columns as the points in memory and answered by the same code.
 */
export class ColdReader {
  constructor(
    readonly connection: DuckDBConnection,
    readonly oldest: number,
    /** True once nobody waits for the answers. */
    readonly abandoned: () => boolean,
  ) {}

  async answer(questions: readonly ColdQuestion[]): Promise<void> {
    for (const group of this.#groups(questions)) await this.#answerGroup(group);
  }

  #groups(questions: readonly ColdQuestion[]): ColdQuestion[][] {
    const ranged = questions.map((cold) => ({ cold, ...rangeOf(cold.question, this.oldest) })).sort((a, b) => a.from - b.from);
    const groups: ColdQuestion[][] = [];
    let start = 0;
    let end = 0;
    let longest = -1;
    for (const { cold, from, to } of ranged) {
      const nextLongest = Math.max(longest, to - from);
      const nextEnd = Math.max(end, to);
      if (longest >= 0 && nextEnd - start <= MAX_STRETCH * nextLongest) groups.at(-1)?.push(cold);
      else {
        groups.push([cold]);
        [start, end, longest] = [from, to, to - from];
        continue;
      }
      [end, longest] = [nextEnd, nextLongest];
    }
    return groups;
  }

  async #answerGroup(group: readonly ColdQuestion[]): Promise<void> {
    if (this.abandoned()) return;
    try {
      const only = group.length === 1 ? group[0] : undefined;
      if (only?.question.kind === 'points') return only.settle(await this.#newest(only));
      const sids = [...new Set(group.flatMap((cold) => cold.sids))];
      const ranges = group.map((cold) => rangeOf(cold.question, this.oldest));
      const from = Math.min(...ranges.map((range) => range.from));
      const to = Math.max(...ranges.map((range) => range.to));
      const count = await countPoints(this.connection, { sids, from, to });
      if (count > MAX_POINTS) return await this.#inParts(group);
      const points = new Map<number, SeriesPoints>(sids.map((sid) => [sid, new SeriesPoints()]));
      let arrival = 0;
      await readPoints(this.connection, { sids, from, to }, (sid, time, value) => points.get(sid)?.append(time, value, arrival++));
      for (const { question, sids: own, settle } of group) {
        settle(answer(question, own.flatMap((sid) => points.get(sid) ?? []), this.oldest));
      }
    } catch (error) {
      const told = databaseError(error, 'Reading points');
      for (const cold of group) cold.settle({ kind: 'error', error: told });
    }
  }

  async #inParts(group: readonly ColdQuestion[]): Promise<void> {
    if (group.length > 1) {
      const half = group.length >> 1;
      await this.#answerGroup(group.slice(0, half));
      await this.#answerGroup(group.slice(half));
      return;
    }
    const only = group[0];
    if (only === undefined || only.question.kind !== 'windows') return;
    const { question, sids } = only;
    if (question.count > 1) await this.#windowsInParts(question, only);
    else if (question.aggregator === 'count') only.settle({ kind: 'windows', values: [await this.#count(question, sids)] });
    else {
      only.settle({
        kind: 'error',
        error: new CaveError('too_large', `The window holds more than ${MAX_POINTS} points. Ask for a shorter one, or for fewer series.`),
      });
    }
  }

  #count(question: WindowQuestion, sids: readonly number[]): Promise<number> {
    const { from, to } = rangeOf(question, this.oldest);
    return countPoints(this.connection, { sids, from, to });
  }

  async #windowsInParts(question: WindowQuestion, cold: ColdQuestion): Promise<void> {
    const half = question.count >> 1;
    const parts: Answer[] = [];
    const settle = (part: Answer): void => void parts.push(part);
    await this.#answerGroup([{ question: { ...question, count: half }, sids: cold.sids, settle }]);
    await this.#answerGroup([{ question: { ...question, from: question.from + half * question.width, count: question.count - half }, sids: cold.sids, settle }]);
    const values: (number | null)[] = [];
    for (const part of parts) {
      if (part.kind !== 'windows') return cold.settle(part);
      for (const value of part.values) values.push(value);
    }
    if (!this.abandoned()) cold.settle({ kind: 'windows', values });
  }

  async #newest({ question, sids }: ColdQuestion): Promise<Answer> {
    const times: number[] = [];
    const values: number[] = [];
    const { from, to } = rangeOf(question, this.oldest);
    const limit = question.kind === 'points' ? question.limit : 0;
    await readNewest(this.connection, { sids, from, to }, limit, (_sid, time, value) => {
      times.push(time);
      values.push(value);
    });
    return { kind: 'points', times, values };
  }
}
