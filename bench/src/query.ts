import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import metricsStoreAdapter from '@cave/adapter-embedded/metrics-store';
import type { AGGREGATORS, MetricsStore, PointBatch, Question } from '@cave/core';
import { adapterContext } from './context.js';
import { createAdapter } from './embedded.js';
import type { BenchOptions } from './options.js';
import { printTable, type Row } from './report.js';

const SERIES = 1_000;
const STEP_SECONDS = 10;
const HISTORY_SECONDS = 86_400;
const END = Math.floor(Date.now() / 1000);
const BEGIN = END - HISTORY_SECONDS;
const BARE_QUANTILE = `list_sort(list(value))[greatest(1, floor(count(*) * 0.99 + 0.5)::BIGINT)]`;

/**
 * Questions that charts and alerts ask of the embedded store, on 8.64 million points: from
 * memory, and by SQL where nothing is kept in memory; beside it the same windows in hand-written
 * SQL on a bare DuckDB with the same points.
 */
export async function run(options: BenchOptions): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'cave-bench-'));
  const patienceMs = ((options.seconds ?? 30) * 1000) / 6;
  try {
    const rows: Row[] = [];
    for (const [label, memoryPoints] of [['memory', 20_000_000], ['SQL', 0]] as const) {
      const store = createAdapter(metricsStoreAdapter, { directory: join(directory, label), 'memory-points': memoryPoints }, adapterContext());
      await store.start();
      rows.push({ what: `${label}: written`, figure: await fill(store), unit: 'points/s' });
      for (const [what, questions] of Object.entries(QUESTIONS)) rows.push({ what: `${label}: ${what}`, figure: await rate(patienceMs, async () => void (await store.query(questions))), unit: '/s' });
      await store.close();
    }
    const bare = await bareDatabase(directory);
    for (const [what, sql] of Object.entries(BARE)) rows.push({ what: `bare DuckDB: ${what}`, figure: await rate(patienceMs, async () => void (await bare.runAndReadAll(sql))), unit: '/s' });
    bare.closeSync();
    printTable(`query: ${SERIES} series with 24 h of ${STEP_SECONDS}-second points`, rows);
  } finally {
    await rm(directory, { recursive: true });
  }
}

function windows(tags: Record<string, string>, aggregator: (typeof AGGREGATORS)[number], width: number, count: number): Question {
  return { kind: 'windows', database: 'bench', metric: 'latency', tags, aggregator, from: END - width * count, width, count };
}

const QUESTIONS: Readonly<Record<string, readonly Question[]>> = {
  'one 5-minute p99 of one series': [windows({ series: '7' }, 'p99', 300, 1)],
  'a day of one series, p99 by minute': [windows({ series: '7' }, 'p99', 60, 1_440)],
  'a day of 1,000 series, p99 by hour': [windows({}, 'p99', 3_600, 24)],
};

const BARE: Readonly<Record<string, string>> = {
  'one 5-minute p99 of one series': `SELECT ${BARE_QUANTILE} FROM points WHERE sid = 7 AND ts >= ${END - 300} AND ts < ${END}`,
  'a day of one series, p99 by minute': `SELECT (ts - ${BEGIN}) // 60 AS w, ${BARE_QUANTILE} FROM points WHERE sid = 7 AND ts >= ${BEGIN} AND ts < ${END} GROUP BY w`,
  'a day of 1,000 series, p99 by hour': `SELECT (ts - ${BEGIN}) // 3600 AS w, ${BARE_QUANTILE} FROM points WHERE ts >= ${BEGIN} AND ts < ${END} GROUP BY w`,
};

/** Writes a day of all series in the order of time; answers points a second. */
async function fill(store: MetricsStore): Promise<number> {
  const series = Array.from({ length: SERIES }, (_, i) => ({ name: 'latency', tags: { series: String(i) } }));
  const perWrite = 20;
  const started = performance.now();
  let offset = 0n;
  for (let time = BEGIN; time < END; time += STEP_SECONDS * perWrite) {
    const n = SERIES * perWrite;
    const first = time;
    const points: PointBatch = {
      database: 'bench',
      cluster: null,
      identity: { kind: 'numbered', firstNumber: Number(offset) * n },
      series,
      seriesIndex: Uint32Array.from({ length: n }, (_, i) => i % SERIES),
      times: Float64Array.from({ length: n }, (_, i) => first + STEP_SECONDS * Math.floor(i / SERIES)),
      values: Float64Array.from({ length: n }, (_, i) => (i * 7_919) % 1_000),
    };
    await store.write([{ origin: { incarnation: 'bench', partition: '0', offset: (offset += 1n) }, points }]);
  }
  return ((HISTORY_SECONDS / STEP_SECONDS) * SERIES) / ((performance.now() - started) / 1000);
}

async function bareDatabase(directory: string): Promise<DuckDBConnection> {
  const instance = await DuckDBInstance.create(join(directory, 'bare.duckdb'), { threads: '1' });
  const connection = await instance.connect();
  await connection.run('CREATE TABLE points (sid INTEGER, ts BIGINT, value DOUBLE)');
  await connection.run(`INSERT INTO points SELECT s::INTEGER, ${BEGIN} + ${STEP_SECONDS} * t, ((t * ${SERIES} + s) * 7919) % 1000 FROM range(${HISTORY_SECONDS / STEP_SECONDS}) times(t), range(${SERIES}) series(s)`);
  return connection;
}

/** Calls a second, over at least three calls and about the given time. */
async function rate(patienceMs: number, ask: () => Promise<void>): Promise<number> {
  await ask();
  const started = performance.now();
  let calls = 0;
  while (calls < 3 || performance.now() - started < patienceMs) {
    await ask();
    calls += 1;
  }
  return calls / ((performance.now() - started) / 1000);
}
