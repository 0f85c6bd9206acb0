import { Alert, Anchor, Text } from '@mantine/core';
import { useForm } from '@mantine/form';
import { Link, useNavigate, useSearchParams } from 'react-router-dom';
import { ApiError } from '../../api/api-error.js';
import { fieldError } from '../../parts/form-failure.js';
import { Page } from '../../parts/page.js';
import { useResetPassword } from './account-calls.js';
import { AccountForm } from './account-form.js';
import { passwordFault, tokenFault, tokenIn } from './account-rules.js';
import { NewPasswordInput } from './new-password-input.js';
import { TokenInput } from './token-input.js';

/** Where the link of the mail about a forgotten password leads. */
export default function ResetPasswordPage(): React.ReactNode {
  const [search] = useSearchParams();
  const navigate = useNavigate();
  const reset = useResetPassword();
  const brought = search.get('token') ?? '';
  const form = useForm({ initialValues: { token: brought, password: '' }, validate: { token: tokenFault, password: passwordFault } });
  const submit = form.onSubmit(({ token, password }) => reset.mutate({ token: tokenIn(token), password }, { onSuccess: () => void navigate('/login?notice=password-changed', { replace: true }) }));
  const refused = reset.error instanceof ApiError && reset.error.code === 'invalid_confirmation_token';
  return (
    <Page title="Choose a new password" subtitle="This ends all sessions of your account; log in with the new password afterwards.">
      <AccountForm onSubmit={submit} action="Change my password" pending={reset.isPending} error={refused ? null : reset.error} fields={['confirmation_token', 'password']}>
        {refused && (
          <Alert role="alert" color="red" title="This link is not valid any more">
            <Text size="sm">
              It works once, and for a limited time. Your password is as it was. <Anchor component={Link} to="/forgot-password" size="sm" underline="always">Have a new link mailed</Anchor>
            </Text>
          </Alert>
        )}
        {(brought === '' || refused || form.errors['token'] !== undefined) && <TokenInput {...form.getInputProps('token')} error={form.errors['token'] ?? fieldError(reset.error, 'confirmation_token')} />}
        <NewPasswordInput label="New password" {...form.getInputProps('password')} error={form.errors['password'] ?? fieldError(reset.error, 'password')} />
      </AccountForm>
    </Page>
  );
}
