import { Alert, Text, TextInput, Title } from '@mantine/core';
import { useForm } from '@mantine/form';
import { fieldError } from '../../parts/form-failure.js';
import type { User } from '../../session/user.js';
import { useChangeProfile } from './account-calls.js';
import { AccountForm } from './account-form.js';
import { nameFault } from './account-rules.js';

export function ChangeNames({ user }: { readonly user: User }): React.ReactNode {
  const change = useChangeProfile();
  const form = useForm({
    initialValues: { firstName: user.first_name, lastName: user.last_name },
    validate: { firstName: (name) => nameFault(name, 'first name'), lastName: (name) => nameFault(name, 'last name') },
    // What was said of the last change is not true of this one.
    onValuesChange: () => change.reset(),
  });
  return (
    <section aria-labelledby="names">
      <Title order={2} size="h4" id="names" mb="xs">Name</Title>
      <AccountForm
        onSubmit={form.onSubmit(({ firstName, lastName }) => change.mutate({ first_name: firstName.trim(), last_name: lastName.trim() }))}
        action="Save the name"
        pending={change.isPending}
        error={change.error}
        fields={['first_name', 'last_name']}
      >
        <div>
          <Text size="sm" fw={500}>Email address</Text>
          <Text size="sm" style={{ overflowWrap: 'anywhere' }}>{user.email}</Text>
          <Text size="xs" c="dimmed">It is what you log in with, and cannot be changed.</Text>
        </div>
        <TextInput label="First name" autoComplete="given-name" required {...form.getInputProps('firstName')} error={form.errors['firstName'] ?? fieldError(change.error, 'first_name')} />
        <TextInput label="Last name" autoComplete="family-name" required {...form.getInputProps('lastName')} error={form.errors['lastName'] ?? fieldError(change.error, 'last_name')} />
        {change.isSuccess && <Alert role="status" color="green">Your name is saved.</Alert>}
      </AccountForm>
    </section>
  );
}
