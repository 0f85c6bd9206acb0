import { Button, Group, Modal, PasswordInput, Stack, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { FormFailure } from '../parts/form-failure.js';
import { useSession } from './use-session.js';
import { useLogin, useLogout, userQuery } from './user.js';

/**
 * Asks for the password when the session has run out, over the page as it is: what was typed
 * there stays, and what was being sent is sent once the person is logged in again.
 */
export function EndedSessionDialog(): React.ReactNode {
  const ended = useSession() === 'ended';
  const email = useQueryClient().getQueryData(userQuery.queryKey)?.email ?? '';
  const [password, setPassword] = useState('');
  const login = useLogin();
  const logout = useLogout();
  return (
    <Modal opened={ended} onClose={() => undefined} withCloseButton={false} closeOnEscape={false} closeOnClickOutside={false} title="Your session has ended" centered>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          login.mutate({ email, password }, { onSuccess: () => setPassword('') });
        }}
      >
        <Stack>
          <Text size="sm">Log in again to go on where you are; nothing that you typed is lost.</Text>
          <Text size="sm">You are <strong>{email}</strong>.</Text>
          <PasswordInput label="Password" value={password} onChange={(event) => setPassword(event.currentTarget.value)} autoComplete="current-password" required data-autofocus />
          <FormFailure error={login.error} />
          <Group justify="space-between">
            <Button variant="subtle" onClick={() => logout.mutate()}>Log out instead</Button>
            <Button type="submit" loading={login.isPending}>Log in</Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
