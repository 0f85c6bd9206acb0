import { expect } from 'chai';
import { CaveError, ConditionCheck, MetricsQuery, type Answer, type MetricsRequest, type Question } from '../../src/index.js';
import { MemoryStore, MemoryStores } from './doubles/memory-store.js';
import { TestClock } from './doubles/quiet.js';

const SPACE = { database: 'd', cluster: null };
const NOW = 1_800_000_030;

class FixedClock extends TestClock {
  override nowMs(): number {
    return NOW * 1000;
  }
}

/** Answers from points {time: value} of one metric `m`, in the simplest way. */
function storeOf(points: ReadonlyMap<number, number>, asked: Question[] = []): MemoryStore {
  const store = new MemoryStore();
  store.answer = (question): Answer => {
    asked.push(question);
    if (question.metric !== 'm') return { kind: 'unknown_series' };
    if (question.kind === 'points') {
      const found = [...points].filter(([time]) => time >= question.range.from && time < question.range.to).sort(([a], [b]) => b - a).slice(0, question.limit);
      return { kind: 'points', times: found.map(([time]) => time), values: found.map(([, value]) => value) };
    }
    return {
      kind: 'windows',
      values: Array.from({ length: question.count }, (_, i) => {
        const from = question.from + i * question.width;
        const inside = [...points].filter(([time]) => time >= from && time < from + question.width);
        return inside.length === 0 ? null : inside.reduce((sum, [, value]) => sum + value, 0);
      }),
    };
  };
  return store;
}

const request = (more: Partial<MetricsRequest> = {}): MetricsRequest => ({ metric: 'm', tags: {}, window: { aggregator: 'sum', seconds: 60 }, start: null, end: null, limit: 10, ...more });

async function rejection(work: Promise<unknown>): Promise<CaveError> {
  const error: unknown = await work.then(() => null, (failure: unknown) => failure);
  expect(error).to.be.instanceOf(CaveError);
  return error as CaveError;
}

describe('MetricsQuery', () => {
  const query = (points: ReadonlyMap<number, number>, asked?: Question[]) => new MetricsQuery(new MemoryStores(storeOf(points, asked)), new FixedClock());
  const minute = Math.floor(NOW / 60) * 60;

  it('answers whole windows aligned to the epoch, newest first, without empty ones', async () => {
    const points = new Map([[minute + 5, 1], [minute - 1, 2], [minute - 60, 4], [minute - 200, 8]]);
    expect(await query(points).values(SPACE, request())).to.deep.equal([
      { time: minute, value: 1 },
      { time: minute - 60, value: 6 },
      { time: minute - 240, value: 8 },
    ]);
  });

  it('reaches as far back as the limit without a start', async () => {
    const asked: Question[] = [];
    const points = new Map([[minute - 60 * 9, 1], [minute - 60 * 10, 2]]);
    expect(await query(points, asked).values(SPACE, request())).to.deep.equal([{ time: minute - 540, value: 1 }]);
    expect(asked).to.have.length(1);
    expect(asked[0]).to.include({ from: minute - 540, width: 60, count: 10 });
  });

  it('finds the newest windows that are not empty in a long range', async () => {
    const points = new Map([[minute - 86_400 * 30, 1], [minute - 86_400 * 31, 2], [minute - 86_400 * 32, 4]]);
    const found = await query(points).values(SPACE, request({ start: minute - 86_400 * 60, limit: 2 }));
    expect(found.map(({ value }) => value)).to.deep.equal([1, 2]);
  });

  it('leaves out the window that begins at the end, and keeps the one that the start cuts through', async () => {
    const points = new Map([[minute, 1], [minute - 60, 2], [minute - 120, 4]]);
    expect(await query(points).values(SPACE, request({ start: minute - 110, end: minute }))).to.deep.equal([{ time: minute - 60, value: 2 }, { time: minute - 120, value: 4 }]);
  });

  it('answers raw points of [start, end), newest first, with the limit', async () => {
    const points = new Map([1, 2, 3, 4, 5].map((i) => [minute + i, i]));
    expect(await query(points).values(SPACE, request({ window: null, start: minute + 2, end: minute + 5, limit: 2 }))).to.deep.equal([{ time: minute + 4, value: 4 }, { time: minute + 3, value: 3 }]);
    expect(await query(new Map([[NOW, 9]])).values(SPACE, request({ window: null }))).to.deep.equal([{ time: NOW, value: 9 }]);
  });

  it('refuses an unknown metric and a range that runs backwards, and does not look past the retention', async () => {
    const asked: Question[] = [];
    expect((await rejection(query(new Map()).values(SPACE, request({ metric: 'x' })))).reason).to.equal('unknown_metric');
    expect((await rejection(query(new Map()).values(SPACE, request({ metric: 'x', start: minute, end: minute })))).reason).to.equal('unknown_metric');
    expect((await rejection(query(new Map()).values(SPACE, request({ start: 2, end: 1 })))).reason).to.equal('invalid_range');
    expect(await query(new Map(), asked).values(SPACE, request({ start: 0 }))).to.deep.equal([]);
    expect(asked.length).to.be.lessThan(20);
  });

  it('asks little for absurd ranges', async () => {
    const asked: Question[] = [];
    const points = new Map([[minute, 1]]);
    const absurd = 253_402_300_799;
    expect(await query(points, asked).values(SPACE, request({ end: absurd }))).to.deep.equal([]);
    expect(await query(points, asked).values(SPACE, request({ end: 0 }))).to.deep.equal([]);
    expect(await query(points, asked).values(SPACE, request({ start: 0, end: 0 }))).to.deep.equal([]);
    expect(await query(points, asked).values(SPACE, request({ start: absurd - 60, end: absurd }))).to.deep.equal([]);
    expect(await query(points, asked).values(SPACE, request({ start: minute, end: absurd }))).to.deep.equal([{ time: minute, value: 1 }]);
    for (const range of [{ end: 0 }, { start: absurd, end: absurd }]) expect(await query(points, asked).values(SPACE, request({ window: null, ...range }))).to.deep.equal([]);
    expect(await query(points, asked).values(SPACE, request({ window: null, start: 0, end: absurd }))).to.deep.equal([{ time: minute, value: 1 }]);
    expect(asked.length).to.be.lessThan(12);
  });
});

describe('ConditionCheck', () => {
  const run = (points: ReadonlyMap<number, number>, condition: string, start: number, end: number | null, intervalMinutes = 1) =>
    new ConditionCheck(new MemoryStores(storeOf(points)), new FixedClock()).run(SPACE, { condition, start, end, intervalMinutes });
  const t = 1_800_000_000;

  it('evaluates at the end of each step and names it by its beginning', async () => {
    const points = new Map([[t + 5, 10], [t + 65, 1], [t + 125, 10]]);
    expect(await run(points, 'm[].sum.1m > 5', t, t + 120)).to.deep.equal([{ time: t, value: 1 }, { time: t + 60, value: 0 }, { time: t + 120, value: 1 }]);
  });

  it('is 0 where there is too little data', async () => {
    expect(await run(new Map([[t + 5, 10]]), 'm > 5 at least 2 times', t, t)).to.deep.equal([{ time: t, value: 0 }]);
  });

  it('takes 60 steps and no more', async () => {
    expect(await run(new Map(), '3 > 2', t, t + 3_600)).to.have.length(61);
    expect((await rejection(run(new Map(), '3 > 2', t, t + 3_660))).reason).to.equal('too_many_steps');
  });

  it('tells the column of a bad condition, and an unknown series', async () => {
    const fault = await rejection(run(new Map(), 'm >', t, t));
    expect(fault.code).to.equal('invalid_argument');
    expect(fault.details['column']).to.be.a('number');
    expect((await rejection(run(new Map(), 'x > 1', t, t))).reason).to.equal('unknown_metric');
  });

  it('says that a store is away, instead of a verdict', async () => {
    const store = new MemoryStore();
    store.answer = () => ({ kind: 'error', error: new CaveError('unavailable', 'away') });
    const check = new ConditionCheck(new MemoryStores(store), new FixedClock());
    expect((await rejection(check.run(SPACE, { condition: 'm > 1', start: t, end: t, intervalMinutes: 1 }))).code).to.equal('unavailable');
  });
});
