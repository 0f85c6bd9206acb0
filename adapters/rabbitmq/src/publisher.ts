import { randomUUID } from 'node:crypto';
import type { Channel, ConfirmChannel, Options } from 'amqplib';
import { CaveError, toCaveError, type Health, type Logger } from '@cave/core';
import { blockedError, placeOf, unknownOutcome } from './errors.js';
import { Link, type Line } from './link.js';
import type { RabbitConnectionOptions } from './options.js';

export interface Outgoing {
  readonly exchange: string;
  readonly routingKey: string;
  readonly body: Uint8Array;
  readonly properties: Options.Publish;
}

/** What became of each message: null when it is confirmed. */
export type Outcomes = readonly (CaveError | null)[];

interface Batch {
  /** Settles what is open with this. */
  end(error: CaveError): void;
}

interface Sending {
  readonly message: Outgoing;
  /** False once nobody waits for it any more. */
  readonly isWanted: () => boolean;
  readonly settle: (outcome: CaveError | null) => void;
}

const NACKED = 'message nacked';
/** Messages encoded without a pause: a few milliseconds. */
const BURST = 500;

/**
 * Publishes with confirms, on a connection of its own: the server stops reading one that
 * publishes while a resource alarm is on, and acknowledgements must not be stuck behind that.
 */
export class Publisher {
  readonly #link: Link<ConfirmChannel>;
  readonly #batches = new Set<Batch>();
  readonly #backlog: Sending[] = [];
  #sending = false;
  /** Messages that came back because no queue takes them; their confirm follows. */
  readonly #returned = new Set<string>();
  readonly #run = randomUUID();
  #numbered = 0;
  /** When the server last confirmed anything. */
  #confirmedAt = 0;

  /** `declare` makes what is published to, on each new connection. */
  constructor(
    private readonly options: RabbitConnectionOptions,
    name: string,
    logger: Logger,
    declare: (channel: Channel) => Promise<void>,
  ) {
    this.#link = new Link(
      options,
      {
        name,
        open: (line) => this.#open(line, declare),
        onBlocked: (reason) => this.#blocked(reason),
      },
      logger,
    );
  }

  start(signal?: AbortSignal): Promise<void> {
    return this.#link.start(signal);
  }

  close(): Promise<void> {
    return this.#link.close();
  }

  /** Publishes to nowhere, which the server confirms too: the only way to learn of a resource alarm is to publish. */
  async health(): Promise<Health> {
    const before = this.#link.health();
    if (!before.healthy) return before;
    const [error] = await this.publish([{ exchange: '', routingKey: `cave.nowhere.${this.#run}`, body: Buffer.alloc(0), properties: {} }]);
    const after = this.#link.health();
    return after.healthy && error ? { healthy: false, detail: error.message } : after;
  }

  /** One outcome for each message; rejects only with `aborted`. */
  publish(messages: readonly Outgoing[], signal?: AbortSignal): Promise<Outcomes> {
    if (messages.length === 0) return Promise.resolve([]);
    return new Promise((resolve, reject) => {
      const outcomes: (CaveError | null | undefined)[] = new Array<undefined>(messages.length).fill(undefined);
      let open = messages.length;
      const leave = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
        this.#batches.delete(batch);
      };
      const settle = (index: number, outcome: CaveError | null): void => {
        if (outcomes[index] !== undefined) return; // a confirm that comes after its time
        outcomes[index] = outcome;
        open -= 1;
        if (open > 0) return;
        leave();
        const told = outcomes.map((one) => one ?? null);
        // While there is no connection all is refused at once: whoever tries again at once must hold up nothing else.
        if (told.some((one) => one !== null)) setImmediate(() => resolve(told));
        else resolve(told);
      };
      const batch: Batch = { end: (error) => messages.forEach((_, index) => settle(index, error)) };
      const onAbort = (): void => {
        leave();
        reject(new CaveError('aborted', 'The publish was aborted; its messages may or may not be taken.', { cause: signal?.reason }));
      };
      let timer = this.#watch(batch, performance.now(), (later) => (timer = later));
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#batches.add(batch);
      messages.forEach((message, index) => {
        this.#backlog.push({ message, isWanted: () => outcomes[index] === undefined && this.#batches.has(batch), settle: (outcome) => settle(index, outcome) });
      });
      if (!this.#sending) this.#send();
    });
  }

  /** In bursts: heartbeats and confirms must get their turn while thousands of messages are encoded. */
  #send(): void {
    for (const sending of this.#backlog.splice(0, BURST)) this.#sendOne(sending);
    this.#sending = this.#backlog.length > 0;
    if (this.#sending) setImmediate(() => this.#send());
  }

  #sendOne({ message, isWanted, settle }: Sending): void {
    if (!isWanted()) return;
    let channel: ConfirmChannel;
    try {
      if (this.#link.blocked !== null) throw this.#link.blocked;
      channel = this.#link.use();
    } catch (error) {
      settle(toCaveError(error));
      return;
    }
    const number = String((this.#numbered += 1));
    try {
      channel.publish(message.exchange, message.routingKey, asBuffer(message.body), { ...message.properties, correlationId: number }, (error: Error | null) => settle(this.#outcome(error, number)));
    } catch (error) {
      settle(new CaveError('unavailable', `${placeOf(this.options)} was not reached: the connection has just ended.`, { cause: error }));
    }
  }

  /** What was sent may be taken when the alarm is over; what was not is not. */
  #blocked(reason: string): void {
    const error = blockedError(reason, this.options);
    for (const { settle } of this.#backlog.splice(0)) settle(error);
    for (const batch of this.#batches) batch.end(new CaveError('unknown_outcome', `${error.message} Messages that were under way may be taken when it ends.`, { cause: error }));
  }

  /** Ends the batch once nothing was confirmed for too long: behind many others it may wait longer than that for its own turn. */
  #watch(batch: Batch, since: number, replace: (timer: NodeJS.Timeout) => void): NodeJS.Timeout {
    const patience = this.options['confirm-timeout-ms'];
    return setTimeout(() => {
      const latest = Math.max(since, this.#confirmedAt);
      if (performance.now() - latest < patience) replace(this.#watch(batch, latest, replace));
      else batch.end(unknownOutcome(`${patience} ms passed without a word`, this.options));
    }, since + patience - performance.now());
  }

  #outcome(error: Error | null, number: string): CaveError | null {
    this.#confirmedAt = performance.now();
    if (this.#returned.delete(number)) return new CaveError('unavailable', `${placeOf(this.options)} has no queue that takes the message: it was removed, and is declared again with the next connection.`);
    if (error === null) return null;
    if (error.message === NACKED) return new CaveError('resource_exhausted', `${placeOf(this.options)} refused the message: its queue is full or cannot store it now.`, { cause: error });
    return unknownOutcome('The connection broke', this.options, error);
  }

  async #open(line: Line, declare: (channel: Channel) => Promise<void>): Promise<ConfirmChannel> {
    const channel = await line.confirmChannel();
    await declare(channel);
    this.#returned.clear();
    channel.on('return', ({ properties }) => {
      this.#returned.add(String(properties.correlationId));
      // What was declared is gone; a new connection declares it again. The confirm comes first.
      setImmediate(() => line.fail(new CaveError('unavailable', `On ${placeOf(this.options)} the queue is gone.`)));
    });
    return channel;
  }
}

/** No copy: the library encodes a small message at once, but keeps a large one until the socket takes it. */
function asBuffer(body: Uint8Array): Buffer {
  return Buffer.isBuffer(body) ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength);
}
