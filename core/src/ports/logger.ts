export type LogFields = Readonly<Record<string, unknown>>;

/**
 * Structured log: one event name (snake_case) a line, fields beside it. `error` means that
 * somebody must act; a healthy service logs none. Never pass a secret.
 */
export interface Logger {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
  child(fields: LogFields): Logger;
}

/** A second place for log lines, beside standard output. What goes wrong with it never reaches whoever logs. */
export interface LogSink {
  /** One line without its end. Does not block, does not throw. */
  write(line: string): void;
  /** Sends what is kept, as far as that goes within a bounded time, and leaves nothing behind. Idempotent, never rejects. */
  close(): Promise<void>;
}
