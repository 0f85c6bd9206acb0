import { Alert, Autocomplete, Button, Group, NativeSelect, Paper, Stack, Text, Title } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useState } from 'react';
import { fieldError, FormFailure } from '../../parts/form-failure.js';
import { useTenant } from '../../shell/tenant-scope.js';
import { useAddMember, useRemoveMember, type AddOutcome, type MemberRole } from './member-queries.js';
import { ROLES } from './role-text.js';
import { useKnownAddresses } from './known-addresses.js';

/** Adds somebody, or invites whoever has no account yet. */
export function AddMember(): React.ReactNode {
  const { tenant } = useTenant();
  const add = useAddMember(tenant);
  const [done, setDone] = useState<{ readonly email: string; readonly outcome: AddOutcome } | null>(null);
  const form = useForm<MemberRole>({ initialValues: { email: '', role: 'member' } });
  const known = useKnownAddresses(form.values.email);
  const submit = form.onSubmit(({ email, role }) => {
    setDone(null);
    add.mutate({ email, role }, {
      onSuccess: (outcome) => {
        setDone({ email, outcome });
        form.setFieldValue('email', '');
      },
    });
  });
  return (
    <Paper withBorder p="md" maw={640} component="section" aria-label="Add a person">
      <form onSubmit={submit}>
        <Stack gap="sm">
          <Title order={2} size="h4">Add a person</Title>
          <Group align="flex-start">
            <Autocomplete
              label="Email address" type="email" required autoComplete="off" data={[...known]} filter={({ options }) => options} flex="1 1 220px"
              {...form.getInputProps('email')} error={fieldError(add.error, 'email')}
            />
            <NativeSelect label="Role" data={[...ROLES]} {...form.getInputProps('role')} />
          </Group>
          <Text size="xs" c="dimmed">Somebody without an account gets an invitation by mail, and belongs here as soon as they have signed up with this address.</Text>
          <FormFailure error={add.error} fields={['email']} />
          <Group><Button type="submit" loading={add.isPending}>Add</Button></Group>
          <div role="status" aria-live="polite">{done !== null && <Done key={done.email} {...done} onTakenBack={() => setDone(null)} />}</div>
        </Stack>
      </form>
    </Paper>
  );
}

interface DoneProps {
  readonly email: string;
  readonly outcome: AddOutcome;
  readonly onTakenBack: () => void;
}

function Done({ email, outcome, onTakenBack }: DoneProps): React.ReactNode {
  const { tenant } = useTenant();
  const takeBack = useRemoveMember(tenant);
  if (outcome === 'added') return <Alert color="green">{`${email} belongs here now.`}</Alert>;
  return (
    <Alert color="blue" title={`${email} is invited`}>
      <Stack gap="xs" align="flex-start">
        <Text size="sm">The list shows them once they have signed up.</Text>
        {takeBack.error !== null && <Text size="sm" c="var(--mantine-color-error)">{takeBack.error.message}</Text>}
        <Button size="compact-sm" variant="default" loading={takeBack.isPending} onClick={() => takeBack.mutate(email, { onSuccess: onTakenBack })}>Take the invitation back</Button>
      </Stack>
    </Alert>
  );
}
