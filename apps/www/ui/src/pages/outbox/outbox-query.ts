import { useQuery } from '@tanstack/react-query';
import { api, dataOf } from '../../api/client.js';
import { ApiError } from '../../api/api-error.js';

export const OUTBOX_KEY = ['outbox'] as const;

/** Whether there is an outbox in this installation: it has none where mails leave the machine. */
export function useOutboxShown(): boolean {
  const { data } = useQuery({
    queryKey: [...OUTBOX_KEY, 'shown'],
    queryFn: async ({ signal }) => {
      try {
        await dataOf(api.GET('/_internal_/outbox', { signal }));
        return true;
      } catch (error) {
        // Closed to this browser is not the same as not there: the page says what opens it.
        if (error instanceof ApiError && (error.kind === 'forbidden' || error.kind === 'signed_out')) return true;
        if (error instanceof ApiError && error.kind === 'not_found') return false;
        throw error;
      }
    },
    staleTime: Infinity,
  });
  return data === true;
}
