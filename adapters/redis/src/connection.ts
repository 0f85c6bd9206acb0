import { createHash } from 'node:crypto';
import { backoffMs, CaveError, throwIfAborted, unlessAborted, type Health, type Logger } from '@cave/core';
import { Redis } from 'ioredis';
import { isReply, redisError, replyWord, withoutArguments, type Phase, type Place } from './errors.js';
import { placeOf, type Address, type RedisConnectionOptions } from './options.js';

export type Argument = string | number | Buffer;
export type Reply = null | number | Buffer | readonly Reply[];

/** Lua that the server knows by its hash once it has seen it. */
export interface Script {
  readonly lua: string;
  readonly sha: string;
}

export const script = (lua: string): Script => ({ lua, sha: createHash('sha1').update(lua).digest('hex') });

export interface ConnectionSettings {
  /** Shown by CLIENT LIST. */
  readonly name: string;
  /** A command without an answer is given up after this. A blocking one must block for less. */
  readonly replyWithinMs: number;
}

const RECONNECT = { firstMs: 50, maxMs: 1_000 };
const HEALTH_PATIENCE_MS = 1_500;
/** ioredis' word for a command that it did not even write. */
const NOT_WRITABLE = "Stream isn't writeable";
/** How long a socket that was told to end may wait for the other side. */
const DISCONNECT_MS = 100;

/**
 * One connection that restores itself.
 *
 * ```
 *   new ──open──▶ opening ──▶ ready ◀──── restored ──── away
 *    ▲               │ failed   └── broken, or a command was not answered ──▲
 *    └───────────────┘
 *   any ──close──▶ closed
 * ```
 * Nothing is ever sent twice: ioredis' queue for times without a connection and its sending
 * again after a reconnect are off, because the first may double what the second has done. What
 * was sent and not answered is `unknown_outcome`; what was not sent is `unavailable`.
 *
 * RESP2, because nothing that RESP3 adds is needed and a server without a password then needs
 * no handshake at all.
 */
export class RedisConnection {
  readonly place: string;
  readonly #about: Place;
  #redis: Redis | null = null;
  /** The last thing that went wrong with the connection itself. */
  #failure: unknown = null;
  /** Reconnects only once it has served, or was told to: a first failure belongs to the caller of `open`. */
  #restores = false;
  #closed = false;
  readonly #inFlight = new Set<Promise<unknown>>();
  readonly #waiting = new Set<() => void>();

  constructor(
    private readonly address: Address,
    private readonly options: RedisConnectionOptions,
    private readonly settings: ConnectionSettings,
    private readonly logger: Logger,
  ) {
    this.place = placeOf(address);
    this.#about = { place: this.place, user: options.user, db: options.db, tls: options.tls !== 'off' };
  }

  /** ioredis calls a connection ready that is being ended, until its socket is gone. */
  get isReady(): boolean {
    return this.#redis?.status === 'ready' && this.#redis.stream.writable && !this.#closed;
  }

  /**
   * Connects, and proves by a write that changes nothing that this is the server that is wanted:
   * right password and database, no replica, permissions. With `restores`, goes on trying when
   * the server cannot be reached.
   */
  async open(signal?: AbortSignal, restores = false): Promise<void> {
    throwIfAborted(signal);
    if (this.#closed) throw this.#closedError();
    this.#restores = restores;
    this.#failure = null;
    const redis = this.#create();
    this.#redis = redis;
    const onAbort = (): void => redis.disconnect();
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      await redis.connect();
      await this.#send('start', 'DEL', [`${this.options['key-prefix']}probe`]);
      this.#restores = true;
    } catch (error) {
      // What the handshake was told (a wrong password or database) tells more than the closed socket after it.
      const reason = this.#reason(isReply(this.#failure) ? this.#failure : error);
      const keepsTrying = restores && reason.code === 'unavailable' && !signal?.aborted && !this.#isClosed();
      if (!keepsTrying) await this.abandon();
      throwIfAborted(signal);
      if (this.#isClosed()) throw this.#closedError();
      throw reason;
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  /** Sends at once, or fails with `unavailable` when there is no connection. Text comes as bytes. */
  call(command: string, args: readonly Argument[]): Promise<Reply> {
    return this.#send('sent', command, args);
  }

  /** As `call`; a server that has not seen the script (restarted, flushed) did nothing and is given it whole. */
  run({ lua, sha }: Script, keys: readonly string[], args: readonly Argument[]): Promise<Reply> {
    const rest = [keys.length, ...keys, ...args];
    return this.#tracked(
      this.call('EVALSHA', [sha, ...rest]).catch((error: unknown) => {
        if (!(error instanceof CaveError) || replyWord(error.cause) !== 'NOSCRIPT') throw error;
        return this.call('EVAL', [lua, ...rest]);
      }),
    );
  }

  /**
   * Resolves once there is a connection, at the latest when `ms` are over: what is sent then
   * fails by itself. At once, without a turn of the event loop, when there is one already.
   */
  whenReady(ms: number, signal?: AbortSignal): Promise<void> | undefined {
    if (this.isReady || this.#closed || signal?.aborted) return undefined;
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', end);
        this.#waiting.delete(end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      signal?.addEventListener('abort', end, { once: true });
      this.#waiting.add(end);
    });
  }

  async health(): Promise<Health> {
    if (!this.isReady) return { healthy: false, detail: this.#reason(this.#failure ?? new Error('there is no connection')).message };
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<Health>((resolve) => {
      timer = setTimeout(() => resolve({ healthy: false, detail: `Redis at ${this.place} did not answer within ${String(HEALTH_PATIENCE_MS)} ms.` }), HEALTH_PATIENCE_MS);
    });
    const asked = this.call('PING', []).then(
      (): Health => ({ healthy: true }),
      (error: unknown): Health => ({ healthy: false, detail: redisError(error, this.#about, 'unsent').message }),
    );
    return Promise.race([asked, late]).finally(() => clearTimeout(timer));
  }

  /** Lets what was sent be answered, at most until the signal fires. Idempotent. */
  async close(signal?: AbortSignal): Promise<void> {
    this.#closed = true;
    for (const wake of [...this.#waiting]) wake();
    while (this.#inFlight.size > 0 && !signal?.aborted) {
      await unlessAborted(Promise.allSettled(this.#inFlight), signal).catch(() => undefined); // the loop looks at the signal
    }
    await this.abandon();
  }

  /** Disconnects without waiting for answers. Unlike after `close`, `open` may be called again. */
  async abandon(): Promise<void> {
    this.#restores = false;
    const redis = this.#redis;
    this.#redis = null;
    if (redis === null) return;
    const hasSocket = ['ready', 'connect', 'connecting'].includes(redis.status);
    const ended = hasSocket ? new Promise<void>((resolve) => redis.once('end', () => resolve())) : Promise.resolve();
    redis.disconnect();
    await ended;
  }

  #create(): Redis {
    const { host, port } = this.address;
    const { user, password, db, tls } = this.options;
    const redis = new Redis({
      host,
      port,
      db,
      ...(user === '' ? {} : { username: user }),
      ...(password === '' ? {} : { password }),
      ...(tls === 'off' ? {} : { tls: { rejectUnauthorized: tls === 'on', ...(this.options['tls-ca'] === '' ? {} : { ca: this.options['tls-ca'] }) } }),
      protocol: 2,
      lazyConnect: true,
      connectionName: this.settings.name,
      disableClientInfo: true,
      connectTimeout: this.options['connection-timeout-ms'],
      disconnectTimeout: DISCONNECT_MS,
      commandTimeout: this.settings.replyWithinMs,
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      // What is in flight when the connection breaks is told at once.
      maxRetriesPerRequest: 0,
      // INFO may be forbidden, and LOADING is told by the first command.
      enableReadyCheck: false,
      // Behind a name or a proxy there may be a new primary by now; the failed command is not sent again.
      reconnectOnError: (error) => replyWord(error) === 'READONLY',
      retryStrategy: (times) => (this.#restores && !this.#closed ? backoffMs(times, RECONNECT) : null),
    });
    let state: 'new' | 'up' | 'away' = 'new';
    redis.on('error', (error: unknown) => {
      this.#failure = withoutArguments(error);
      // ioredis would go on in database 0.
      if (isReply(error) && /DB index/i.test(error.message)) redis.disconnect(this.#restores);
    });
    redis.on('ready', () => {
      // Not with a socket that is being ended already, because the handshake went wrong.
      if (!this.isReady) return;
      if (state === 'away') this.logger.info('redis_connection_restored', { place: this.place });
      state = 'up';
      this.#failure = null;
      for (const wake of [...this.#waiting]) wake();
    });
    redis.on('close', () => {
      // Also after each attempt in vain to restore it: said once.
      if (state !== 'up' || this.#redis !== redis) return;
      state = 'away';
      this.logger.warn('redis_connection_lost', { place: this.place, reason: this.#failure instanceof Error ? this.#failure.message : 'It was closed.' });
    });
    return redis;
  }

  #send(phase: Phase, command: string, args: readonly Argument[]): Promise<Reply> {
    const redis = this.#redis;
    if (redis === null || redis.status !== 'ready' || !redis.stream.writable) return Promise.reject(this.#reason(this.#failure ?? new Error('there is no connection')));
    const answer = redis.callBuffer(command, [...args]).then(
      (reply) => reply as Reply,
      (error: unknown) => {
        throw this.#classified(error, phase, redis);
      },
    );
    return this.#tracked(answer);
  }

  /** `close` waits for it. */
  #tracked<T>(answer: Promise<T>): Promise<T> {
    this.#inFlight.add(answer);
    const settled = (): void => void this.#inFlight.delete(answer);
    answer.then(settled, settled);
    return answer;
  }

  #classified(error: unknown, phase: Phase, redis: Redis): CaveError {
    const message = error instanceof Error ? error.message : '';
    // A server that does not answer may be frozen: a new connection shows whether it serves again.
    if (message === 'Command timed out' && redis.status === 'ready') redis.disconnect(true);
    return redisError(error, this.#about, message.startsWith(NOT_WRITABLE) ? 'unsent' : phase);
  }

  /** Why there is no connection: what the socket or the handshake said tells more than that it is closed. */
  #reason(error: unknown): CaveError {
    const told = isReply(error) || error instanceof CaveError ? error : (this.#failure ?? error);
    return redisError(told, this.#about, this.#restores ? 'unsent' : 'start');
  }

  #closedError(): CaveError {
    return new CaveError('closed', `The connection to Redis at ${this.place} is closed.`);
  }

  #isClosed(): boolean {
    return this.#closed;
  }
}
