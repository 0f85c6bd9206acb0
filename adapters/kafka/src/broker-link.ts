import { CaveError, type Logger } from '@cave/core';
import loggers from 'kafkajs/src/loggers/index.js';
import Connection from 'kafkajs/src/network/connection.js';
import createSocketFactory from 'kafkajs/src/network/socketFactory.js';
import kafka, { type ApiVersions, type Build, type Definition, type Request } from 'kafkajs/src/protocol/requests/index.js';
import { KAFKA, messageOf } from './errors.js';
import type { Address, KafkaConnectionOptions } from './options.js';
import { API, FETCH_VERSION, METADATA_VERSION } from './protocol.js';

const API_VERSIONS = 1; // the oldest version that every broker since 0.10 speaks and that tells no more than is needed
const API_KEY_OF_SASL_AUTHENTICATE = 36;
/** Codes of OpenSSL and Node for a certificate that does not stand up to verification. */
const BAD_CERTIFICATE = /CERT|UNABLE_TO_VERIFY/;

/**
 * One connection to one broker, made anew at the next use after it broke.
 *
 * This adapter uses kafkajs below its producer and consumer: its connections, TLS, SASL and wire
 * format. Those two cannot keep the ports' contracts. The producer encodes a batch anew for each
 * attempt, takes its numbers back after a lost answer and lets the next batch have them, so that
 * the broker may take that one for a repetition and drop it; the consumer resets an offset that
 * was trimmed without a word, pushes where the port pulls, hides what a fetch was told about the
 * end of a partition, and names topics where only their id is unambiguous. See
 * docs/decisions/0005-kafka-below-producer-and-consumer.md.
 *
 * Errors: `unavailable` when nothing was sent; `unknown_outcome` when a request was sent and not
 * answered; `configuration` when the broker refuses the credentials.
 */
export class BrokerLink {
  #connection: Connection | null = null;
  #opening: Promise<Connection> | null = null;
  #versions: ApiVersions = {};
  #isClosed = false;
  readonly place: string;

  constructor(
    private readonly address: Address,
    private readonly options: KafkaConnectionOptions,
    private readonly logger: Logger,
  ) {
    this.place = `${address.host}:${address.port}`;
  }

  /** Sends one of kafkajs' requests in the newest version that both sides speak. Its own check of error codes is left out: callers look at each. */
  async call<A, T>(apiKey: number, definition: Definition<A, T>, argument: A, requestTimeout?: number): Promise<T> {
    const connection = await this.#open();
    const build: Build<A, T> = kafka.lookup(this.#versions)(apiKey, definition);
    const { request, response } = build(argument);
    return this.#send(connection, { request, response: { decode: (raw) => response.decode(raw), parse: (decoded) => decoded }, ...(requestTimeout === undefined ? {} : { requestTimeout }) });
  }

  async send<T>(request: Request<T>): Promise<T> {
    return this.#send(await this.#open(), request);
  }

  /** Ends what is in flight. The next use fails. */
  close(): void {
    this.#isClosed = true;
    this.#drop(this.#connection, 'The connection was closed.');
  }

  async #send<T>(connection: Connection, request: Request<T>): Promise<T> {
    try {
      return await connection.send({ ...request, logResponseError: false });
    } catch (error) {
      // An answer that does not come, or cannot be read, leaves a connection whose state nobody knows.
      this.#drop(connection, messageOf(error));
      throw new CaveError('unknown_outcome', `Kafka at ${this.place} did not answer (${messageOf(error)}).`, { cause: error });
    }
  }

  #open(): Promise<Connection> {
    if (this.#isClosed) return Promise.reject(new CaveError('unavailable', `The connection to Kafka at ${this.place} was closed.`));
    if (this.#connection?.isConnected() === true && this.#opening === null) return Promise.resolve(this.#connection);
    this.#opening ??= this.#connect().finally(() => {
      this.#opening = null;
    });
    return this.#opening;
  }

  /** Each time a new object: an old one may hold half an answer, which would shift all that follow. */
  async #connect(): Promise<Connection> {
    this.#drop(this.#connection, 'The connection broke.');
    const connection = this.#create();
    this.#connection = connection;
    try {
      await connection.connect();
      const { errorCode, apiVersions } = await connection.send(kafka.requests.ApiVersions.protocol({ version: API_VERSIONS })());
      if (errorCode !== KAFKA.NONE) throw new Error(`it answers ApiVersions with code ${errorCode}`);
      this.#versions = Object.fromEntries(apiVersions.map((api) => [api.apiKey, api]));
      this.#refuseOld();
      connection.setVersions(this.#versions);
      connection.setSupportAuthenticationProtocol(this.#versions[API_KEY_OF_SASL_AUTHENTICATE] !== undefined);
      await connection.authenticate();
    } catch (error) {
      this.#drop(connection, messageOf(error));
      throw this.#connectError(error);
    }
    if (this.#isClosed) {
      this.#drop(connection, 'The connection was closed.');
      throw new CaveError('unavailable', `The connection to Kafka at ${this.place} was closed.`);
    }
    return connection;
  }

  #refuseOld(): void {
    if ((this.#versions[API.metadata]?.maxVersion ?? 0) >= METADATA_VERSION && (this.#versions[API.fetch]?.maxVersion ?? 0) >= FETCH_VERSION) return;
    throw new CaveError('configuration', `Kafka at ${this.place} is too old: it does not tell topics apart by their ids; use Kafka 3.1 or later.`);
  }

  #connectError(error: unknown): CaveError {
    if (error instanceof CaveError) return error;
    const reason = messageOf(error);
    const { name, type, code } = error as { name?: string; type?: string; code?: unknown };
    if (name === 'KafkaJSSASLAuthenticationError' || type === 'SASL_AUTHENTICATION_FAILED' || type === 'UNSUPPORTED_SASL_MECHANISM') {
      return new CaveError('configuration', `Kafka at ${this.place} refuses the user "${this.options.user}" (${reason}); check user, password and sasl-mechanism.`, { cause: error });
    }
    if (typeof code === 'string' && BAD_CERTIFICATE.test(code)) {
      return new CaveError('configuration', `The certificate of Kafka at ${this.place} is not to be trusted (${reason}); set tls-ca to the authority that issued it, or correct the certificate.`, { cause: error });
    }
    return new CaveError('unavailable', `Kafka at ${this.place} cannot be reached (${reason}).`, { cause: error });
  }

  #create(): Connection {
    const { tls, user, password } = this.options;
    const ca = this.options['tls-ca'];
    const mechanism = this.options['sasl-mechanism'];
    const connection = new Connection({
      ...this.address,
      clientId: this.options['client-id'],
      logger: kafkaLogger(this.logger),
      socketFactory: createSocketFactory(),
      ssl: tls === 'off' ? null : { rejectUnauthorized: tls === 'on', ...(ca === '' ? {} : { ca }) },
      sasl: mechanism === 'off' ? null : { mechanism, username: user, password },
      connectionTimeout: this.options['connection-timeout-ms'],
      requestTimeout: this.options['request-timeout-ms'],
      instrumentationEmitter: null,
    });
    // kafkajs sets a timer of a negative length whenever nothing waits to be sent, which newer
    // versions of Node warn of on stderr (kafkajs #1751). Nothing waiting, no timer is needed.
    const queue = connection.requestQueue;
    const schedule = queue.scheduleCheckPendingRequests.bind(queue);
    queue.scheduleCheckPendingRequests = () => {
      if (queue.pending.length > 0) schedule();
    };
    return connection;
  }

  /** kafkajs' own disconnect would wait for answers that may never come. */
  #drop(connection: Connection | null, reason: string): void {
    if (connection === null) return;
    if (this.#connection === connection) this.#connection = null;
    const { socket } = connection;
    if (socket === undefined || socket.destroyed) {
      connection.rejectRequests(new Error(reason));
      connection.requestQueue.destroy();
    } else {
      // An error is what kafkajs' own timers and waiting requests are ended by.
      socket.destroy(new Error(reason));
    }
  }
}

/** What kafkajs says is for whoever looks closely; what must be acted on is said by the adapter. */
function kafkaLogger(logger: Logger): unknown {
  return loggers.createLogger({
    level: loggers.LEVELS.INFO,
    logCreator: () => ({ namespace, label, log: { message, timestamp: _at, logger: _name, stack: _stack, ...fields } }) =>
      logger.debug('kafka_client', { part: namespace, level: label, message, ...fields }),
  });
}
