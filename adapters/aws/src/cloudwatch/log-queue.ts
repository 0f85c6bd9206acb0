/** A line as CloudWatch Logs takes it. */
export interface LogEvent {
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  readonly message: string;
  /** As CloudWatch Logs counts them. */
  readonly bytes: number;
}

/** Source: Amazon CloudWatch Logs API Reference, PutLogEvents. */
export const LIMITS = { batchBytes: 1_048_576, batchEvents: 10_000, batchSpanMs: 24 * 3_600_000, eventOverhead: 26 } as const;
/** 1 MB today; 256 KB for years, and in regions and emulators that have not followed. */
const EVENT_BYTES = 256 * 1024;
/** The spent front of the array is cut off when it is this long. */
const SPENT = 4_096;

/** Lines that wait, oldest first, in bounded memory: over the bound the oldest go. */
export class LogQueue {
  #events: LogEvent[] = [];
  #head = 0;
  #bytes = 0;

  constructor(private readonly maxBytes: number) {}

  get size(): number {
    return this.#events.length - this.#head;
  }

  /** More than one call takes, so that waiting for further lines is of no use. */
  get hasBatch(): boolean {
    return this.size >= LIMITS.batchEvents || this.#bytes >= LIMITS.batchBytes;
  }

  /** How many others were dropped for it. */
  add(line: string, timestamp: number): number {
    const message = cut(line, EVENT_BYTES - LIMITS.eventOverhead);
    const event = { timestamp, message, bytes: Buffer.byteLength(message) + LIMITS.eventOverhead };
    this.#events.push(event);
    this.#bytes += event.bytes;
    return this.#shrink();
  }

  /** What one call takes, in the order of time: a clock may have been set back between two lines. */
  take(): LogEvent[] {
    const batch: LogEvent[] = [];
    let [bytes, from, to] = [0, Infinity, -Infinity];
    for (let event = this.#events[this.#head]; event !== undefined; event = this.#events[this.#head]) {
      from = Math.min(from, event.timestamp);
      to = Math.max(to, event.timestamp);
      bytes += event.bytes;
      if (batch.length === LIMITS.batchEvents || bytes > LIMITS.batchBytes || to - from > LIMITS.batchSpanMs) break;
      batch.push(event);
      this.#removeFirst(event);
    }
    return batch.sort((a, b) => a.timestamp - b.timestamp);
  }

  /** A batch that was not sent goes back to the front. How many lines were dropped for it. */
  putBack(batch: readonly LogEvent[]): number {
    this.#events = [...batch, ...this.#events.slice(this.#head)];
    this.#head = 0;
    for (const { bytes } of batch) this.#bytes += bytes;
    return this.#shrink();
  }

  #shrink(): number {
    let dropped = 0;
    for (let event = this.#events[this.#head]; event !== undefined && this.#bytes > this.maxBytes; event = this.#events[this.#head]) {
      this.#removeFirst(event);
      dropped += 1;
    }
    return dropped;
  }

  #removeFirst(event: LogEvent): void {
    this.#head += 1;
    this.#bytes -= event.bytes;
    if (this.#head < SPENT || this.#head * 2 < this.#events.length) return;
    this.#events = this.#events.slice(this.#head);
    this.#head = 0;
  }
}

/** A line that is too long loses its end, between two characters, and says so. */
function cut(line: string, most: number): string {
  const bytes = Buffer.byteLength(line);
  if (bytes <= most) return line;
  const note = ` [cut: ${bytes} bytes]`;
  const buffer = Buffer.from(line);
  let end = most - note.length;
  // Not into the middle of a character: its further bytes begin with the bits 10.
  while (((buffer[end] ?? 0) & 0b1100_0000) === 0b1000_0000) end -= 1;
  return `${buffer.toString('utf8', 0, end)}${note}`;
}
