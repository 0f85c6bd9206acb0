import { Alert, Anchor, PasswordInput, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useState } from 'react';
import { Link, Navigate, useSearchParams } from 'react-router-dom';
import { fieldError } from '../../parts/form-failure.js';
import { Page } from '../../parts/page.js';
import { nextPath } from '../../session/next-path.js';
import { useSession } from '../../session/use-session.js';
import { useLogin, useUser } from '../../session/user.js';
import { AccountForm } from './account-form.js';
import { emailFault } from './account-rules.js';
import { loginNotice } from './login-notice.js';

export default function LoginPage(): React.ReactNode {
  const [search] = useSearchParams();
  const login = useLogin();
  const state = useSession();
  const [capsLock, setCapsLock] = useState(false);
  const form = useForm({
    initialValues: { email: search.get('email') ?? '', password: '' },
    validate: { email: emailFault, password: (password) => (password === '' ? 'Type your password.' : null) },
  });
  // Asks whether somebody is logged in already, who then need not do it again.
  useUser();
  if (state === 'in') return <Navigate to={nextPath(search)} replace />;

  const notice = loginNotice(search);
  const email = form.values.email.trim();
  const carried = email === '' ? '' : `?${new URLSearchParams({ email }).toString()}`;
  const watchCapsLock = (event: React.KeyboardEvent): void => setCapsLock(event.getModifierState('CapsLock'));
  return (
    <Page title="Log in" subtitle={search.get('next') === null ? undefined : 'You come back to the page that you asked for.'}>
      {notice !== null && <Alert role="status" color="green" maw={440}>{notice}</Alert>}
      <AccountForm
        onSubmit={form.onSubmit(({ password }) => login.mutate({ email, password }))}
        action="Log in"
        pending={login.isPending}
        error={login.error}
        fields={['email', 'password']}
        below={(
          <>
            <Anchor component={Link} to={`/forgot-password${carried}`} size="sm" underline="always">Forgot your password?</Anchor>
            <Text size="sm">New here? <Anchor component={Link} to={`/register${carried}`} size="sm" underline="always">Sign up</Anchor></Text>
          </>
        )}
      >
        <TextInput label="Email address" type="email" autoComplete="username" required {...form.getInputProps('email')} error={form.errors['email'] ?? fieldError(login.error, 'email')} />
        <PasswordInput
          label="Password"
          autoComplete="current-password"
          required
          visibilityToggleFocusable
          visibilityToggleButtonProps={{ 'aria-label': 'Show the password' }}
          onKeyDown={watchCapsLock}
          onKeyUp={watchCapsLock}
          {...form.getInputProps('password')}
          error={form.errors['password'] ?? fieldError(login.error, 'password')}
        />
        {capsLock && <Text size="sm" role="status">Caps Lock is on.</Text>}
      </AccountForm>
    </Page>
  );
}
