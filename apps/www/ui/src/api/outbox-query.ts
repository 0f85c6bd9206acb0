import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { api, dataOf, sendOnce } from './client.js';
import { ApiError } from './api-error.js';
import type { components } from './contract.js';

export type OutboxMail = components['schemas']['OutboxMail'];

const OUTBOX_KEY = ['outbox'] as const;
const REFRESH_MS = 5_000;

/** Mails, newest first. The operator opens the outbox, not the session: a refusal must not look like the end of that. */
async function mails(operatorToken: string | null, signal: AbortSignal): Promise<readonly OutboxMail[]> {
  return dataOf(api.GET('/_internal_/outbox', { signal, fetch: sendOnce, ...(operatorToken === null ? {} : { headers: { Authorization: `Bearer ${operatorToken}` } }) }));
}

/** Closed to this browser, which is not the same as not there: the page says what opens it. */
export function isClosed(error: Error | null): boolean {
  return error instanceof ApiError && (error.kind === 'forbidden' || error.kind === 'signed_out');
}

/** Whether there is an outbox in this installation: it has none where mails leave the machine. */
export function useOutboxShown(): boolean {
  const { data } = useQuery({
    queryKey: [...OUTBOX_KEY, 'shown'],
    queryFn: async ({ signal }) => {
      try {
        await mails(null, signal);
        return true;
      } catch (error) {
        if (error instanceof Error && isClosed(error)) return true;
        if (error instanceof ApiError && error.kind === 'not_found') return false;
        throw error;
      }
    },
    staleTime: Infinity,
    // Asked until it is known: whoever waits for a mail meanwhile has nowhere else to look.
    refetchInterval: ({ state }) => (state.data === undefined ? REFRESH_MS : false),
  });
  return data === true;
}

export interface OperatorToken {
  readonly value: string;
  /** Which of those typed on this page: tells them apart in the cache, which the secret stays out of. */
  readonly attempt: number;
}

/** The mails, asked for again every few seconds. Forgotten when the page is left. */
export function useOutbox(token: OperatorToken | null): UseQueryResult<readonly OutboxMail[]> {
  return useQuery({
    queryKey: [...OUTBOX_KEY, 'mails', token?.attempt ?? null],
    queryFn: ({ signal }) => mails(token?.value ?? null, signal),
    // To repeat a refused token would only look like guessing.
    refetchInterval: ({ state }) => (isClosed(state.error) ? false : REFRESH_MS),
    gcTime: 0,
  });
}
