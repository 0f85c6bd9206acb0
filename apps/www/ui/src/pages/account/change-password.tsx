import { Alert, Title } from '@mantine/core';
import { useForm } from '@mantine/form';
import { fieldError } from '../../parts/form-failure.js';
import { useChangeProfile } from './account-calls.js';
import { AccountForm } from './account-form.js';
import { passwordFault } from './account-rules.js';
import { NewPasswordInput } from './new-password-input.js';

/** `email` lets password managers know whose password it is. */
export function ChangePassword({ email }: { readonly email: string }): React.ReactNode {
  const change = useChangeProfile();
  const form = useForm({ initialValues: { password: '' }, validate: { password: passwordFault } });
  return (
    <section aria-labelledby="password">
      <Title order={2} size="h4" id="password" mb="xs">Password</Title>
      <AccountForm
        onSubmit={form.onSubmit(({ password }) => change.mutate({ password }, { onSuccess: () => form.reset() }))}
        action="Change the password"
        pending={change.isPending}
        error={change.error}
        fields={['password']}
      >
        <input type="text" name="username" autoComplete="username" value={email} readOnly hidden />
        <NewPasswordInput label="New password" {...form.getInputProps('password')} error={form.errors['password'] ?? fieldError(change.error, 'password')} />
        {change.isSuccess && form.values.password === '' && <Alert role="status" color="green">Your password is changed. All other sessions have ended; this one goes on.</Alert>}
      </AccountForm>
    </section>
  );
}
