import { QueryClient } from '@tanstack/react-query';
import { ApiError, type ApiErrorKind } from './api-error.js';

/** What may pass without anybody's doing; the rest is told at once. */
const PASSING: ReadonlySet<ApiErrorKind> = new Set(['unavailable', 'unreachable', 'busy']);
const MOST_RETRIES = 2;

/** Queries try again what may pass; changes are never repeated by themselves. */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      // CAVE may run on this very machine, which needs no network to be reached: a call is tried whatever the browser believes of that.
      mutations: { networkMode: 'always' },
      queries: {
        networkMode: 'always',
        retry: (failures, error) => error instanceof ApiError && PASSING.has(error.kind) && failures < MOST_RETRIES,
        retryDelay: (attempt, error) => (error instanceof ApiError && error.retryAfterSeconds !== null ? error.retryAfterSeconds * 1000 : 500 * 2 ** attempt),
        staleTime: 5_000,
      },
    },
  });
}
