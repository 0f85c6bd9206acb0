import type { DuckDBConnection } from '@duckdb/node-api';
import type { DuckDbFile } from './duckdb-file.js';
import { Mutex } from './mutex.js';

/** Calls that read from disk at one time; a connection runs one statement after another. */
const READERS = 2;

interface Reader {
  readonly connection: DuckDBConnection;
  readonly turn: Mutex;
  waiting: number;
}

/** Connections for reading. A call goes to the one with the shortest queue. */
export class ConnectionPool {
  private constructor(readonly readers: readonly Reader[]) {}

  static async open(file: DuckDbFile): Promise<ConnectionPool> {
    const readers: Reader[] = [];
    for (let i = 0; i < READERS; i += 1) readers.push({ connection: await file.connect(), turn: new Mutex(), waiting: 0 });
    return new ConnectionPool(readers);
  }

  async use<T>(task: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    const reader = this.readers.reduce((best, other) => (other.waiting < best.waiting ? other : best));
    reader.waiting += 1;
    try {
      return await reader.turn.run(() => task(reader.connection));
    } finally {
      reader.waiting -= 1;
    }
  }

  interrupt(): void {
    for (const { connection } of this.readers) connection.interrupt();
  }

  async close(): Promise<void> {
    for (const { connection, turn } of this.readers) await turn.run(async () => connection.closeSync());
  }
}
