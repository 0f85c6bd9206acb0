import { Button, Paper, Stack, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { ApiError } from '../../api/api-error.js';
import { fieldError, FormFailure } from '../../parts/form-failure.js';
import { Page } from '../../parts/page.js';
import { useUser } from '../../session/user.js';
import { CONTACT_FIELDS, ContactFields, type Contact } from './contact-fields.js';
import { NAME_RULE, nameFault, notificationUrlFault } from './field-faults.js';

interface NewOrganizationFormProps {
  readonly pending: boolean;
  readonly error: Error | null;
  readonly onCreate: (organization: { readonly name: string } & Contact) => void;
}

export function NewOrganizationForm({ pending, error, onCreate }: NewOrganizationFormProps): React.ReactNode {
  const email = useUser().data?.email ?? '';
  const form = useForm({
    initialValues: { name: '', email, notification_url: '' },
    validateInputOnChange: ['name'],
    validateInputOnBlur: ['notification_url'],
    validate: { name: nameFault, notification_url: notificationUrlFault },
  });
  const taken = error instanceof ApiError && error.kind === 'conflict';
  return (
    <Page title="New organization" subtitle="A place of its own for metrics, alerts and the people who look after them. You become its admin.">
      <Paper withBorder p="lg" maw={560}>
        <form onSubmit={form.onSubmit((values) => onCreate(values))}>
          <Stack>
            <TextInput label="Name" description={NAME_RULE} required autoComplete="off" spellCheck={false} {...form.getInputProps('name')} error={form.errors['name'] ?? (taken ? error.message : fieldError(error, 'name'))} />
            <ContactFields form={form} failure={error} />
            {!taken && <FormFailure error={error} fields={['name', ...CONTACT_FIELDS]} />}
            <Text size="sm" c="dimmed">CAVE then shows you a token for publishing and a secret that notifications are signed with, both once. The address and the URL can be changed later: where nothing receives notifications yet, https://example.com/hook will do.</Text>
            <Button type="submit" loading={pending} disabled={nameFault(form.values.name) !== null}>Create the organization</Button>
          </Stack>
        </form>
      </Paper>
    </Page>
  );
}
