import { Anchor, Button, Paper, PasswordInput, Stack, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { Link, Navigate, useSearchParams } from 'react-router-dom';
import { FormFailure } from '../../parts/form-failure.js';
import { Page } from '../../parts/page.js';
import { nextPath } from '../../session/next-path.js';
import { useSession } from '../../session/use-session.js';
import { useLogin, useUser } from '../../session/user.js';

export default function LoginPage(): React.ReactNode {
  const [search] = useSearchParams();
  const login = useLogin();
  const state = useSession();
  const form = useForm({ initialValues: { email: search.get('email') ?? '', password: '' } });
  // Asks whether somebody is logged in already, who then need not do it again.
  useUser();
  if (state === 'in') return <Navigate to={nextPath(search)} replace />;
  return (
    <Page title="Log in">
      <Paper withBorder p="lg" maw={420}>
        <form onSubmit={form.onSubmit((credentials) => login.mutate(credentials))}>
          <Stack>
            <TextInput label="Email address" type="email" autoComplete="username" required {...form.getInputProps('email')} />
            <PasswordInput label="Password" autoComplete="current-password" required {...form.getInputProps('password')} />
            <FormFailure error={login.error} />
            <Button type="submit" loading={login.isPending}>Log in</Button>
            <Anchor component={Link} to="/forgot-password" size="sm">Forgot your password?</Anchor>
            <Text size="sm">New here? <Anchor component={Link} to="/register" size="sm">Sign up</Anchor></Text>
          </Stack>
        </form>
      </Paper>
    </Page>
  );
}
