import type { Answer, AppendResult, Clock, Health, Logger, Mail, Mailer, MailResult, MetricsStore, MetricsStores, Question, RawStream, StreamRecord, Telemetry } from '@cave/core';

/** The wall clock, which a test can move on. */
export class TestClock implements Clock {
  private offsetMs = 0;

  nowMs(): number {
    return Date.now() + this.offsetMs;
  }

  monotonicMs(): number {
    return performance.now() + this.offsetMs;
  }

  advance(ms: number): void {
    this.offsetMs += ms;
  }
}

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly event: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Keeps every line, for tests that look for secrets and for errors. */
export class RecordingLogger implements Logger {
  constructor(readonly lines: LogLine[] = []) {}

  debug = (event: string, fields = {}): void => void this.lines.push({ level: 'debug', event, fields });
  info = (event: string, fields = {}): void => void this.lines.push({ level: 'info', event, fields });
  warn = (event: string, fields = {}): void => void this.lines.push({ level: 'warn', event, fields });
  error = (event: string, fields = {}): void => void this.lines.push({ level: 'error', event, fields });

  child(): Logger {
    return this;
  }
}

export const silentTelemetry: Telemetry = { count: () => undefined, gauge: () => undefined, observe: () => undefined };

const healthy: Health = { healthy: true };

/** Keeps mails; fails the next ones when told to. */
export class RecordingMailer implements Mailer {
  readonly capabilities;
  readonly sent: Mail[] = [];
  /** Ids of mails whose sending failed. */
  readonly attempted: string[] = [];
  readonly failures: Error[] = [];

  constructor(delivers = false) {
    this.capabilities = { delivers, maxMessageBytes: 1_000_000 };
  }

  send(mail: Mail): Promise<MailResult> {
    const failure = this.failures.shift();
    if (failure !== undefined) {
      this.attempted.push(mail.id);
      return Promise.reject(failure);
    }
    this.sent.push(mail);
    return Promise.resolve({ accepted: mail.to, rejected: [] });
  }

  /** The newest mail to this address. */
  lastTo(address: string): Mail {
    const mail = this.sent.findLast(({ to }) => to.includes(address));
    if (mail === undefined) throw new Error(`no mail to ${address}`);
    return mail;
  }

  start = (): Promise<void> => Promise.resolve();
  close = (): Promise<void> => Promise.resolve();
  health = (): Promise<Health> => Promise.resolve(healthy);
}

/** A raw stream that keeps what is appended; nobody reads it here. */
export class RecordingStream implements RawStream {
  readonly capabilities = { maxRecordBytes: 1_000_000, idempotentAppend: false, repartitions: false, countsLag: true };
  readonly records: StreamRecord[] = [];

  publish(records: readonly StreamRecord[]): Promise<readonly AppendResult[]> {
    return Promise.resolve(records.map((record) => {
      this.records.push(record);
      return { status: 'appended', partition: '0', offset: BigInt(this.records.length) };
    }));
  }

  incarnation = (): string => 'test';
  partitions = (): Promise<readonly string[]> => Promise.resolve(['0']);
  consume = (): never => { throw new Error('nobody consumes in this test'); };
  positions = (): Promise<readonly never[]> => Promise.resolve([]);
  deadLetters = (): Promise<readonly never[]> => Promise.resolve([]);
  start = (): Promise<void> => Promise.resolve();
  close = (): Promise<void> => Promise.resolve();
  health = (): Promise<Health> => Promise.resolve(healthy);
}

/** Answers every question about any database with that database's own key as a metric name, so that a leak shows. */
export class TellTaleStore implements MetricsStore {
  readonly capabilities = { keepsMarks: true, readAfterWriteMs: 0, seriesLimit: null, retentionSeconds: 90 * 86_400 };
  readonly dropped: string[] = [];

  query(questions: readonly Question[]): Promise<readonly Answer[]> {
    return Promise.resolve(questions.map((question) => (question.kind === 'points'
      ? { kind: 'points', times: [1_700_000_000], values: [1] }
      : { kind: 'windows', values: Array.from({ length: question.count }, () => 1) })));
  }

  listMetrics = (database: string): Promise<readonly { name: string; tags: readonly string[] }[]> => Promise.resolve([{ name: `of ${database}`, tags: [] }]);
  tagValues = (database: string): Promise<readonly string[]> => Promise.resolve([`of ${database}`]);
  dropMetric = (): Promise<boolean> => Promise.resolve(true);
  createDatabase = (): Promise<void> => Promise.resolve();
  dropDatabase = (database: string): Promise<void> => {
    this.dropped.push(database);
    return Promise.resolve();
  };
  write = (): Promise<readonly never[]> => Promise.resolve([]);
  mark = (): Promise<null> => Promise.resolve(null);
  setStoredUpTo = (): Promise<void> => Promise.resolve();
  storedUpTo = (): Promise<readonly never[]> => Promise.resolve([]);
  start = (): Promise<void> => Promise.resolve();
  close = (): Promise<void> => Promise.resolve();
  health = (): Promise<Health> => Promise.resolve(healthy);
}

export function metricsStoresOf(store: MetricsStore, names: readonly string[]): MetricsStores {
  return { get: () => store, names: () => names };
}
