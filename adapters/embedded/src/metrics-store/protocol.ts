import type { Answer, ErrorCode, MetricSummary, Question, StoredUpTo, WriteResult } from '@cave/core';

/* What the main thread asks of the store's thread, and what it answers. */

export interface BatchHeader {
  readonly database: string;
  readonly incarnation: string;
  readonly partition: string;
  readonly offset: bigint;
  readonly keyed: boolean;
  /** As `encodeSeries` writes them. */
  readonly series: readonly string[];
  /** Points of this batch; its columns follow those of the batch before. */
  readonly count: number;
}

/** A whole write call: the columns of all batches in one piece each, moved to the thread and not copied. */
export interface WriteRequest {
  readonly batches: readonly BatchHeader[];
  readonly seriesIndex: Uint32Array;
  readonly times: Float64Array;
  readonly values: Float64Array;
}

/** Each call: what it takes, what it gives. `nowMs` is the config store's clock at the call. */
export interface Calls {
  open: { request: Record<never, never>; response: undefined };
  createDatabase: { request: { database: string }; response: undefined };
  dropDatabase: { request: { database: string }; response: undefined };
  write: { request: WriteRequest & { nowMs: number }; response: readonly WriteResult[] };
  mark: { request: { incarnation: string; partition: string }; response: bigint | null };
  setStoredUpTo: { request: { marks: readonly StoredUpTo[] }; response: undefined };
  storedUpTo: { request: Record<never, never>; response: readonly StoredUpTo[] };
  query: { request: { questions: readonly Question[]; nowMs: number }; response: readonly PlainAnswer[] };
  listMetrics: { request: { database: string }; response: readonly MetricSummary[] };
  tagValues: { request: { database: string; metric: string; tagKey: string }; response: readonly string[] | null };
  dropMetric: { request: { database: string; metric: string }; response: boolean };
  /** Deletes what has expired or was dropped. */
  clean: { request: { nowMs: number }; response: undefined };
  /** Null: healthy; else what is wrong. */
  health: { request: Record<never, never>; response: string | null };
  /** Resolves once the points in memory are complete. */
  warm: { request: Record<never, never>; response: undefined };
  close: { request: { hurry: boolean }; response: undefined };
}

export type CallName = keyof Calls;

/** An error loses its class on the way between threads. */
export interface PlainError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly cause?: string;
}

export type PlainAnswer = Exclude<Answer, { kind: 'error' }> | { readonly kind: 'error'; readonly error: PlainError };

export type ThreadRequest =
  | { readonly id: number; readonly call: CallName; readonly request: unknown }
  /** Nobody waits for the answer to that call any more. */
  | { readonly cancel: number };

export type ThreadResponse = { readonly id: number; readonly value: unknown } | { readonly id: number; readonly error: PlainError };

export interface ThreadSettings {
  readonly directory: string;
  readonly memoryPoints: number;
  readonly memoryLimit: string;
  readonly threads: number;
  readonly seriesLimit: number;
  readonly retentionSeconds: number;
}
