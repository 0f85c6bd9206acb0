import type { LogFields, Logger, LogSink } from '@cave/core';
import { multistream, pino, stdSerializers, type Logger as Pino } from 'pino';
import pretty from 'pino-pretty';

/** Field names whose values never reach a log line, at any of the first three levels. */
const SECRET_FIELDS = ['password', 'secret', 'token', 'signingSecret', 'signing_secret', 'authorization', 'Authorization', 'access-key', 'secret-key', 'operator-token', 'passwordHash'];

export interface LoggerOptions {
  readonly level: string;
  /** Undefined: text on a terminal, JSON elsewhere. */
  readonly format: string | undefined;
  /** Where lines go; standard output unless a test says otherwise. */
  readonly destination?: NodeJS.WritableStream;
  /** Lines go there too, always as JSON. */
  readonly sink?: LogSink;
}

/**
 * Structured logs on standard output: `{"level":"info","time":"…","service":"api","event":"…",…}`;
 * each user binds `service` once, by `child`.
 * Written synchronously, so that the last line before a crash is there.
 */
export function createLogger(options: LoggerOptions): Logger {
  const paths = SECRET_FIELDS.flatMap((field) => ['', '*.', '*.*.'].map((depth) => (field.includes('-') ? `${depth === '' ? '' : depth.slice(0, -1)}["${field}"]` : `${depth}${field}`)));
  const format = options.format ?? (process.stdout.isTTY && options.destination === undefined ? 'pretty' : 'json');
  const stream = format === 'pretty'
    ? pretty({ sync: true, colorize: process.stdout.isTTY, messageKey: 'event', ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss.l', destination: options.destination ?? 1 })
    : options.destination ?? pino.destination({ dest: 1, sync: true });
  const root = pino(
    {
      level: options.level,
      base: null,
      messageKey: 'event',
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: errorFields, err: errorFields },
      redact: { paths, censor: '[hidden]' },
    },
    options.sink === undefined ? stream : multistream([{ level: LEAST, stream }, { level: LEAST, stream: lines(options.sink) }]),
  );
  return new PinoLogger(root);
}

/** Of a stream beside others: the logger itself has left out what is less. */
const LEAST = 'trace';

function lines(sink: LogSink): { write(line: string): void } {
  return { write: (line) => sink.write(line.trimEnd()) };
}

/** An error with its code, reason and chain of causes; the stack is for those who look closer. */
function errorFields(error: unknown): unknown {
  return error instanceof Error ? stdSerializers.errWithCause(error) : error;
}

class PinoLogger implements Logger {
  readonly #pino: Pino;

  constructor(underlying: Pino) {
    this.#pino = underlying;
  }

  debug(event: string, fields: LogFields = {}): void {
    this.#pino.debug(fields, event);
  }

  info(event: string, fields: LogFields = {}): void {
    this.#pino.info(fields, event);
  }

  warn(event: string, fields: LogFields = {}): void {
    this.#pino.warn(fields, event);
  }

  error(event: string, fields: LogFields = {}): void {
    this.#pino.error(fields, event);
  }

  child(fields: LogFields): Logger {
    return new PinoLogger(this.#pino.child(fields));
  }
}
