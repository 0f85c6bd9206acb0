import { Alert, Anchor, Group, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { Link, useNavigate, useSearchParams } from 'react-router-dom';
import { ApiError } from '../../api/api-error.js';
import { fieldError } from '../../parts/form-failure.js';
import { Page } from '../../parts/page.js';
import { useConfirm } from './account-calls.js';
import { AccountForm } from './account-form.js';
import { nameFault, passwordFault, tokenFault, tokenIn } from './account-rules.js';
import { NewPasswordInput } from './new-password-input.js';
import { TokenInput } from './token-input.js';

/** Where the link of the registration mail leads. */
export default function ConfirmPage(): React.ReactNode {
  const [search] = useSearchParams();
  const navigate = useNavigate();
  const confirm = useConfirm();
  const brought = search.get('token') ?? '';
  const form = useForm({
    initialValues: { token: brought, firstName: '', lastName: '', password: '' },
    validate: {
      token: tokenFault,
      firstName: (name) => nameFault(name, 'first name'),
      lastName: (name) => nameFault(name, 'last name'),
      password: passwordFault,
    },
  });
  const submit = form.onSubmit(({ token, firstName, lastName, password }) =>
    confirm.mutate({ token: tokenIn(token), firstName: firstName.trim(), lastName: lastName.trim(), password }, {
      onSuccess: ({ email, loginError }) => void navigate(loginError === null ? '/' : `/login?${new URLSearchParams({ email, notice: 'confirmed' }).toString()}`, { replace: true }),
    }),
  );
  const refused = codeOf(confirm.error);
  const tokenRefused = refused === 'invalid_confirmation_token' || refused === 'already_registered';
  const faultOf = (field: string, name: string): React.ReactNode => form.errors[field] ?? fieldError(confirm.error, name);
  return (
    <Page title="Choose your name and password" subtitle="With this your account is ready, and you are logged in.">
      <AccountForm onSubmit={submit} action="Create my account" pending={confirm.isPending} error={tokenRefused ? null : confirm.error} fields={['confirmation_token', 'first_name', 'last_name', 'password']}>
        {tokenRefused && <RefusedLink registered={refused === 'already_registered'} />}
        {(brought === '' || tokenRefused || form.errors['token'] !== undefined) && <TokenInput {...form.getInputProps('token')} error={faultOf('token', 'confirmation_token')} />}
        <TextInput label="First name" autoComplete="given-name" required {...form.getInputProps('firstName')} error={faultOf('firstName', 'first_name')} />
        <TextInput label="Last name" autoComplete="family-name" required {...form.getInputProps('lastName')} error={faultOf('lastName', 'last_name')} />
        <NewPasswordInput {...form.getInputProps('password')} error={faultOf('password', 'password')} />
      </AccountForm>
    </Page>
  );
}

function RefusedLink({ registered }: { readonly registered: boolean }): React.ReactNode {
  return (
    <Alert role="alert" color="red" title={registered ? 'This address has an account already' : 'This link is not valid any more'}>
      <Text size="sm">
        {registered
          ? 'Log in with the password that you chose then, or ask for a new one.'
          : 'It works once, and for a limited time; perhaps you used it already, or a newer mail has come. Log in if your account is ready, or have a new link mailed.'}
      </Text>
      <Group gap="md" mt="xs">
        <Anchor component={Link} to="/login" size="sm" underline="always">Log in</Anchor>
        {registered
          ? <Anchor component={Link} to="/forgot-password" size="sm" underline="always">Ask for a new password</Anchor>
          : <Anchor component={Link} to="/register" size="sm" underline="always">Have a new link mailed</Anchor>}
      </Group>
    </Alert>
  );
}

function codeOf(error: Error | null): string | null {
  return error instanceof ApiError ? error.code : null;
}
