import { join } from 'node:path';
import { DuckDBDataChunk, DuckDBInstance, BIGINT, DOUBLE, INTEGER } from '@duckdb/node-api';

const ROWS_PER_CHUNK = 2_048;
const ROWS_PER_COMMIT = 20_480;

/** Points a second that DuckDB's own appender takes, in commits as big as ours, with nothing around it. */
export async function bareAppender(directory: string, points: number): Promise<number> {
  const instance = await DuckDBInstance.create(join(directory, 'bare.duckdb'), { threads: '1' });
  const connection = await instance.connect();
  await connection.run('CREATE TABLE points (sid INTEGER, ts BIGINT, value DOUBLE)');
  const started = performance.now();
  for (let at = 0; at < points; ) {
    await connection.run('BEGIN');
    const appender = await connection.createAppender('points');
    for (let row = 0; row < ROWS_PER_COMMIT; row += ROWS_PER_CHUNK) {
      const chunk = DuckDBDataChunk.create([INTEGER, BIGINT, DOUBLE]);
      chunk.setColumns([
        Array.from({ length: ROWS_PER_CHUNK }, (_, i) => (at + i) % 1_000),
        Array.from({ length: ROWS_PER_CHUNK }, (_, i) => BigInt(1_800_000_000 + Math.floor((at + i) / 1_000))),
        Array.from({ length: ROWS_PER_CHUNK }, (_, i) => (at + i) / 7),
      ]);
      appender.appendDataChunk(chunk);
      at += ROWS_PER_CHUNK;
    }
    appender.flushSync();
    appender.closeSync();
    await connection.run('COMMIT');
  }
  const rate = points / ((performance.now() - started) / 1000);
  connection.closeSync();
  instance.closeSync();
  return rate;
}
