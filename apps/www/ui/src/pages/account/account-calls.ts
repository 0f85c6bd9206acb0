import { useMutation, useQueryClient, type UseMutationResult } from '@tanstack/react-query';
import { api, dataOf } from '../../api/client.js';
import { session } from '../../session/session.js';
import { useLogin, userQuery, type User } from '../../session/user.js';

/** Has a confirmation link mailed. The answer is the same whether or not the address is registered. */
export function useRegister(): UseMutationResult<void, Error, string> {
  return useMutation<void, Error, string>({
    mutationFn: async (email) => {
      await dataOf(api.POST('/users/register', { body: { email } }));
    },
  });
}

export interface Confirmation {
  readonly firstName: string;
  readonly lastName: string;
  readonly password: string;
  readonly token: string;
}

export interface Confirmed {
  readonly email: string;
  /** Why the new user is not logged in yet; null: they are. */
  readonly loginError: Error | null;
}

/** Makes the account and logs in to it: the api answers with a user, not with a session. */
export function useConfirm(): UseMutationResult<Confirmed, Error, Confirmation> {
  const login = useLogin();
  return useMutation<Confirmed, Error, Confirmation>({
    mutationFn: async ({ firstName, lastName, password, token }) => {
      const { email } = await dataOf(api.POST('/users/confirm', { body: { first_name: firstName, last_name: lastName, password, confirmation_token: token } }));
      try {
        await login.mutateAsync({ email, password });
        return { email, loginError: null };
      } catch (error) {
        // The account is there: what failed is only the login, which can be done once more.
        return { email, loginError: error instanceof Error ? error : new Error(String(error)) };
      }
    },
  });
}

/** Has a link for a new password mailed. The answer is the same whether or not there is an account. */
export function useForgotPassword(): UseMutationResult<void, Error, string> {
  return useMutation<void, Error, string>({
    mutationFn: async (email) => {
      await dataOf(api.POST('/users/forgot-password', { body: { email } }));
    },
  });
}

/** Sets a new password. That ends every session of the user, the one of this browser among them. */
export function useResetPassword(): UseMutationResult<void, Error, { readonly token: string; readonly password: string }> {
  const client = useQueryClient();
  return useMutation<void, Error, { readonly token: string; readonly password: string }>({
    mutationFn: async ({ token, password }) => {
      await dataOf(api.POST('/users/reset-password', { body: { confirmation_token: token, password } }));
      session.signedOut();
      client.clear();
    },
  });
}

export interface ProfileChange {
  readonly first_name?: string;
  readonly last_name?: string;
  readonly password?: string;
}

/** Changes one's own name or password. A new password ends all other sessions. */
export function useChangeProfile(): UseMutationResult<User, Error, ProfileChange> {
  const client = useQueryClient();
  return useMutation<User, Error, ProfileChange>({
    mutationFn: (change) => dataOf(api.PATCH('/users/info', { body: change })),
    onSuccess: (user) => client.setQueryData(userQuery.queryKey, user),
  });
}
