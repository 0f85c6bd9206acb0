import { connect, type Channel, type ChannelModel, type ConfirmChannel, type Options, type SocketOptions } from 'amqplib';
import { backoffMs, CaveError, pause, throwIfAborted, type Health, type Logger } from '@cave/core';
import { blockedError, channelError, connectError, placeOf } from './errors.js';
import type { RabbitConnectionOptions } from './options.js';

/** For the server's answer to our wish to close. One that is frozen gives none. */
const CLOSE_PATIENCE_MS = 1_000;
const RECONNECT = { firstMs: 100, maxMs: 5_000 } as const;

/** One open connection, for those who make channels on it. */
export interface Line {
  readonly channel: () => Promise<Channel>;
  readonly confirmChannel: () => Promise<ConfirmChannel>;
  /** Fires when the connection has ended; the reason is a CaveError. */
  readonly ended: AbortSignal;
  /**
   * Ends the connection. Whatever goes wrong on a channel ends in this one way, so that there
   * is one way back: everything is made anew.
   */
  readonly fail: (error: unknown) => void;
}

interface Up<T> {
  readonly value: T;
  readonly line: Line;
  close(): Promise<void>;
}

export interface LinkPlan<T> {
  /** Told to the server, which shows it to its operators. */
  readonly name: string;
  /** Declares what is needed and makes the channels, on each new connection. */
  open(line: Line): Promise<T>;
  /** Called at once when the connection has ended. */
  onDown?(value: T, error: CaveError): void;
  onBlocked?(reason: string): void;
}

/**
 * One connection that is made anew whenever it ends.
 *
 * ```
 *   new ──start──▶ opening ──opened──▶ up ──close──▶ closed
 *                   ▲   │ failed       │ ended
 *                   │   ▼              │
 *                  down (back-off) ◀───┘
 * ```
 *
 * A failed first attempt is told to the caller of `start` and not repeated.
 */
export class Link<T> {
  #up: Up<T> | null = null;
  #why: CaveError;
  #blocked: string | null = null;
  #keeping: Promise<void> | null = null;
  #closing = new AbortController();

  constructor(
    private readonly options: RabbitConnectionOptions,
    private readonly plan: LinkPlan<T>,
    private readonly logger: Logger,
  ) {
    this.#why = new CaveError('unavailable', `${placeOf(options)} is not connected to yet.`);
  }

  /** Also after it was closed: a start of several links that failed is started anew. */
  async start(signal?: AbortSignal): Promise<void> {
    throwIfAborted(signal);
    this.#closing = new AbortController();
    const either = signal === undefined ? this.#closing.signal : AbortSignal.any([signal, this.#closing.signal]);
    const up = await this.#open(either);
    if (this.#closing.signal.aborted) return up.close();
    this.#keeping = this.#keep(up);
  }

  /** What `open` made on the present connection. Throws `unavailable` while there is none. */
  use(): T {
    if (this.#up === null) throw new CaveError('unavailable', this.#why.message, { cause: this.#why });
    return this.#up.value;
  }

  get line(): Line | null {
    return this.#up?.line ?? null;
  }

  /** Why the server takes no messages on this connection, or null. */
  get blocked(): CaveError | null {
    return this.#blocked === null ? null : blockedError(this.#blocked, this.options);
  }

  health(): Health {
    if (this.#up === null) return { healthy: false, detail: this.#why.message };
    const { blocked } = this;
    return blocked === null ? { healthy: true } : { healthy: false, detail: blocked.message };
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#up?.close();
    await this.#keeping;
  }

  async #keep(first: Up<T>): Promise<void> {
    let up: Up<T> | null = first;
    while (up !== null && !this.#closing.signal.aborted) {
      await ended(up.line.ended);
      if (this.#closing.signal.aborted) return;
      this.logger.warn('rabbitmq_connection_lost', { link: this.plan.name, reason: this.#why.message });
      up = await this.#reopen();
    }
  }

  async #reopen(): Promise<Up<T> | null> {
    const { signal } = this.#closing;
    for (let attempt = 1; ; attempt++) {
      await pause(backoffMs(attempt, RECONNECT), signal);
      if (signal.aborted) return null;
      try {
        const up = await this.#open(signal);
        this.logger.info('rabbitmq_connected_again', { link: this.plan.name, attempts: attempt });
        return up;
      } catch (error) {
        this.#why = channelError(error, this.options);
        // Wrong settings do not right themselves, but somebody may: it is tried on.
        if (this.#why.code === 'configuration' && attempt === 1) this.logger.error('rabbitmq_refuses', { link: this.plan.name, reason: this.#why.message });
      }
    }
  }

  async #open(signal: AbortSignal): Promise<Up<T>> {
    const socket = new AbortController();
    const stop = (): void => socket.abort();
    signal.addEventListener('abort', stop, { once: true });
    try {
      const model = await this.#connect(socket.signal);
      return await this.#setUp(model, socket);
    } catch (error) {
      throwIfAborted(signal);
      throw error;
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  async #connect(signal: AbortSignal): Promise<ChannelModel> {
    const { options } = this;
    const server: Options.Connect = {
      protocol: options.tls === 'off' ? 'amqp' : 'amqps',
      hostname: options.host,
      port: options.port,
      username: options.user,
      password: options.password,
      vhost: encodeURIComponent(options.vhost), // the library decodes it
      heartbeat: options['heartbeat-seconds'],
    };
    // The signal destroys the socket, at any time: while connecting, and when a peer that is gone lets it linger.
    const socket: SocketOptions & { signal: AbortSignal } = {
      signal,
      noDelay: true,
      timeout: options['connection-timeout-ms'],
      clientProperties: { connection_name: this.plan.name },
      ...(options.tls === 'off' ? {} : { rejectUnauthorized: options.tls === 'on' }),
      ...(options['tls-ca'] === '' ? {} : { ca: options['tls-ca'] }),
    };
    try {
      return await connect(server, socket);
    } catch (error) {
      throw connectError(error, options);
    }
  }

  async #setUp(model: ChannelModel, socket: AbortController): Promise<Up<T>> {
    const end = new AbortController();
    let failure: unknown;
    let up: Up<T> | null = null;
    this.#blocked = null;
    model.on('error', (error) => (failure ??= error)); // 'close' follows
    model.on('close', (error) => {
      socket.abort();
      const why = channelError(failure ?? error ?? new Error('closed'), this.options);
      if (up !== null && this.#up === up) {
        this.#up = null;
        this.#why = why;
      }
      end.abort(why);
      if (up !== null) this.plan.onDown?.(up.value, why);
    });
    model.on('blocked', (reason) => {
      this.#blocked = reason;
      this.logger.warn('rabbitmq_blocked', { link: this.plan.name, reason });
      this.plan.onBlocked?.(reason);
    });
    model.on('unblocked', () => (this.#blocked = null));
    const fail = (error: unknown): void => {
      failure ??= error;
      socket.abort(error);
    };
    const guarded = <C extends Channel>(channel: C): C => {
      channel.on('error', fail);
      return channel;
    };
    const line: Line = {
      channel: async () => guarded(await model.createChannel()),
      confirmChannel: async () => guarded(await model.createConfirmChannel()),
      ended: end.signal,
      fail,
    };
    const close = async (): Promise<void> => {
      const impatient = setTimeout(() => socket.abort(), CLOSE_PATIENCE_MS);
      // A connection that ends meanwhile is what is wanted.
      model.close().catch(() => undefined);
      await ended(end.signal);
      clearTimeout(impatient);
    };
    try {
      const value = await this.plan.open(line);
      if (end.signal.aborted) throw end.signal.reason;
      up = { value, line, close };
      this.#up = up;
      return up;
    } catch (error) {
      // Calls on a connection that has ended know only that; why it ended is what the server said.
      const why: unknown = end.signal.aborted ? end.signal.reason : error;
      await close();
      throw channelError(why, this.options);
    }
  }
}

function ended(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
