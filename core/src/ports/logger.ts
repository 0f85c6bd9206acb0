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
