import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, dataOf, sendOnce } from '../api/client.js';
import { ApiError } from '../api/api-error.js';
import type { components } from '../api/contract.js';
import { session } from './session.js';

export type User = components['schemas']['User'];

const USER_KEY = ['user'] as const;

/** Who is logged in; null: nobody. Also tells the session. */
export const userQuery = queryOptions({
  queryKey: USER_KEY,
  queryFn: async ({ signal }): Promise<User | null> => {
    try {
      const user = await dataOf(api.GET('/users/info', { signal }));
      session.signedIn();
      return user;
    } catch (error) {
      if (!(error instanceof ApiError) || error.kind !== 'signed_out') throw error;
      session.signedOut();
      return null;
    }
  },
  staleTime: 5 * 60_000,
});

export function useUser(): ReturnType<typeof useQuery<User | null>> {
  return useQuery(userQuery);
}

export interface Credentials {
  readonly email: string;
  readonly password: string;
}

/** Logs in. Somebody else than before sees nothing that was fetched for the one before. */
export function useLogin(): ReturnType<typeof useMutation<void, Error, Credentials>> {
  const client = useQueryClient();
  return useMutation<void, Error, Credentials>({
    mutationFn: async (credentials) => {
      await dataOf(api.POST('/users/login', { body: credentials }));
      const before = client.getQueryData<User | null>(USER_KEY);
      if (before?.email.toLowerCase() !== credentials.email.toLowerCase()) client.clear();
      session.signedIn();
      await client.invalidateQueries();
    },
  });
}

/** Ends the session here, whatever the api says: the cookie is gone. */
export function useLogout(): ReturnType<typeof useMutation<void, Error, void>> {
  const client = useQueryClient();
  return useMutation<void, Error, void>({
    mutationFn: async () => {
      // Whoever has no session any more need not log in to log out.
      await dataOf(api.POST('/users/logout', { fetch: sendOnce }));
    },
    onSettled: () => {
      session.signedOut();
      client.clear();
    },
  });
}
