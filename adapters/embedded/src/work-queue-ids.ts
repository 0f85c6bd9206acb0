import type { Database } from 'lmdb';
import type { OpenEnvironment } from './lmdb-environment.js';

const CURRENT = Buffer.from('ids-current');
const SINCE = Buffer.from('ids-since');

/**
 * The job ids of the de-duplication window, on disk in two tables that change roles once per
 * window: forgetting is then one clearing of the older table instead of a removal per id.
 * An id is remembered with its time, so that the window is exact.
 */
export class RecentIds {
  readonly #tables: readonly [Database<Buffer, Buffer>, Database<Buffer, Buffer>];
  readonly #meta: Database<Buffer, Buffer>;
  #current: 0 | 1;
  #since: number;
  /** Noted in the transaction being built, which cannot be read yet. */
  readonly #uncommitted = new Set<string>();

  /** `nowMs` is wall time that does not step while this process runs. */
  constructor(environment: OpenEnvironment, private readonly windowMs: number, private readonly nowMs: () => number) {
    const table = (name: string): Database<Buffer, Buffer> => environment.root.openDB<Buffer, Buffer>({ name, encoding: 'binary', keyEncoding: 'binary' });
    this.#tables = [table('ids-0'), table('ids-1')];
    this.#meta = table('queue');
    this.#current = this.#meta.get(CURRENT)?.toString() === '1' ? 1 : 0;
    this.#since = Number(this.#meta.get(SINCE)?.toString() ?? 0);
  }

  /** Whether the id is new within the window, in which case it is noted. To be called while a transaction is built. */
  note(id: string): boolean {
    if (this.windowMs === 0) return true;
    const now = this.nowMs();
    this.#turn(now);
    if (this.#uncommitted.has(id)) return false;
    const key = Buffer.from(id);
    for (const table of this.#tables) {
      const noted = table.get(key);
      // The distance: a wall clock set back between two runs must not make the window endless.
      if (noted !== undefined && Math.abs(now - noted.readDoubleBE(0)) < this.windowMs) return false;
    }
    const time = Buffer.allocUnsafe(8);
    time.writeDoubleBE(now);
    void this.#tables[this.#current].put(key, time);
    this.#uncommitted.add(id);
    return true;
  }

  /** The transaction that ids were noted in has been decided, either way. */
  settled(ids: Iterable<string>): void {
    for (const id of ids) this.#uncommitted.delete(id);
  }

  #turn(now: number): void {
    if (Math.abs(now - this.#since) < this.windowMs) return;
    this.#current = this.#current === 0 ? 1 : 0;
    this.#since = now;
    // Everything in the older table is a whole window old. A failed transaction only forgets to clear it.
    void this.#tables[this.#current].clearAsync();
    void this.#meta.put(CURRENT, Buffer.from(String(this.#current)));
    void this.#meta.put(SINCE, Buffer.from(String(now)));
  }
}
