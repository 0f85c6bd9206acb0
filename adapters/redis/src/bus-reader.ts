import { pause, type BusMessage, type Logger } from '@cave/core';
import type { RedisConnection, Reply } from './connection.js';

/** Longest blocking read: then it is looked whether the stream still is the one that was read. */
export const BUS_BLOCK_MS = 1_000;
const AFTER_FAILURE_MS = 100;
const BATCH = 100;

/** A place in the stream: the entry's name there, and the change's own number. */
interface Position {
  readonly entry: string;
  readonly number: number;
}

export interface BusReaderTarget {
  onMessage(message: BusMessage): void;
  /** Something may have been missed. */
  onGap(reason: string): void;
}

/**
 * Reads the stream of changes from a position on, for all subscribers of one instance, by a
 * blocking read on a connection of its own.
 *
 * ```
 *   idle ──read──▶ reading ──broken──▶ lost ──connected again, at the stream's end──▶ reading
 *    ▲                │
 *    └── nobody left ─┘
 * ```
 * Changes are numbered one after another by the script that publishes them. A number that is
 * not the next one means that entries in between were trimmed before they were read, or that
 * the server forgot and counts anew. Nothing but the reader knows where it is: the server
 * keeps nothing for it.
 */
export class BusReader {
  #position: Position = { entry: '0-0', number: 0 };
  #isLost = false;
  #running: Promise<void> | null = null;
  readonly #closing = new AbortController();

  constructor(
    private readonly connection: RedisConnection,
    private readonly key: string,
    private readonly target: BusReaderTarget,
    private readonly isWanted: () => boolean,
    private readonly logger: Logger,
  ) {}

  get isReading(): boolean {
    return this.#running !== null && !this.#isLost && this.connection.isReady;
  }

  /**
   * Reads on from the stream's end as `end` found it, unless it reads already: then its place
   * is there or before, or it is on its way there and tells of the gap.
   */
  readFrom(end: Reply): void {
    if (this.#running !== null) return;
    this.#position = positionOf(end);
    this.#isLost = false;
    this.#running = this.#run();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.connection.close(AbortSignal.abort());
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.isWanted() && !this.#closing.signal.aborted) {
      try {
        if (this.#isLost) {
          this.#position = positionOf(await this.#end());
          this.#isLost = false;
          this.target.onGap(`The connection to Redis at ${this.connection.place} was interrupted.`);
        }
        const reply = await this.connection.call('XREAD', ['COUNT', BATCH, 'BLOCK', BUS_BLOCK_MS, 'STREAMS', this.key, this.#position.entry]);
        if (reply === null) await this.#checkEnd();
        else for (const entry of entriesOf(reply)) this.#take(entry);
      } catch (error) {
        if (!this.#isLost && !this.#closing.signal.aborted) this.logger.warn('config_bus_interrupted', { reason: error instanceof Error ? error.message : String(error) });
        this.#isLost = true;
        await pause(AFTER_FAILURE_MS, this.#closing.signal);
      }
    }
    this.#running = null;
  }

  #end(): Promise<Reply> {
    return this.connection.call('XREVRANGE', [this.key, '+', '-', 'COUNT', 1]);
  }

  /** A stream that ends before what was read from it is another one: its server forgot, or was replaced by one that never knew. */
  async #checkEnd(): Promise<void> {
    const end = positionOf(await this.#end());
    if (end.number >= this.#position.number) return;
    this.#position = end;
    this.target.onGap('The stream of changes began anew.');
  }

  #take([entry, fields]: Entry): void {
    const change = parsed(fields);
    if (change === null) {
      this.#position = { ...this.#position, entry: entry.toString() };
      this.logger.warn('config_bus_unreadable', { entry: entry.toString(), stream: this.key });
      return;
    }
    const missed = change.number !== this.#position.number + 1;
    this.#position = { entry: entry.toString(), number: change.number };
    if (missed) this.target.onGap('Changes were removed from the stream before they were read.');
    this.target.onMessage(change.message);
  }
}

type Entry = readonly [Buffer, readonly Buffer[]];

/** The answer of XREAD for one stream. */
function entriesOf(reply: Reply): readonly Entry[] {
  return (reply as unknown as readonly (readonly [Buffer, readonly Entry[]])[])[0]?.[1] ?? [];
}

/** Where the stream ends, from the answer of XREVRANGE; an empty one ends before its first change. */
function positionOf(end: Reply): Position {
  const [last] = end as unknown as readonly Entry[];
  if (last === undefined) return { entry: '0-0', number: 0 };
  return { entry: last[0].toString(), number: parsed(last[1])?.number ?? 0 };
}

/** The fields as the publishing script writes them: n, key, version, body. */
function parsed(fields: readonly Buffer[]): { readonly number: number; readonly message: BusMessage } | null {
  const [n, number, , key, , version, , body] = fields;
  if (fields.length !== 8 || n?.toString() !== 'n' || key === undefined || body === undefined) return null;
  return { number: Number(number), message: { key: key.toString(), version: Number(version), body } };
}
