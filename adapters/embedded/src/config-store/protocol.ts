/** Main thread → worker. Without `params`, `sql` may hold several statements. */
export type Request =
  | { readonly id: number; readonly kind: 'query'; readonly sql: string; readonly params: readonly unknown[] | null }
  | { readonly id: number; readonly kind: 'close' };

/** What is kept of a Postgres error on its way between threads. */
export interface WireError {
  readonly message: string;
  readonly code: string | null;
  readonly constraint: string | null;
  readonly detail: string | null;
}

/** Worker → main thread. `ready` comes first; every request is answered once, in order. */
export type Response =
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly error: WireError }
  | { readonly kind: 'rows'; readonly id: number; readonly rows: readonly Readonly<Record<string, unknown>>[]; readonly affected: number }
  | { readonly kind: 'error'; readonly id: number; readonly error: WireError };

export interface ServerData {
  readonly directory: string;
}
