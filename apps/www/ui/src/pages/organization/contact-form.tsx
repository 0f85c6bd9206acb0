import { Button, Group, Paper, Stack, Title } from '@mantine/core';
import { useForm } from '@mantine/form';
import { notifications } from '@mantine/notifications';
import { FormFailure } from '../../parts/form-failure.js';
import { useUnsavedEdits } from '../../parts/unsaved-edits.js';
import { CONTACT_FIELDS, ContactFields, type Contact } from './contact-fields.js';
import { notificationUrlFault } from './field-faults.js';
import { useChangeOrganization, type Organization } from './organization-queries.js';

/** Where CAVE reaches an organization, to be changed. */
export function ContactForm({ settings }: { readonly settings: Organization }): React.ReactNode {
  const change = useChangeOrganization(settings.name);
  const form = useForm<Contact>({
    // What somebody else saves meanwhile does not overwrite what is being typed here.
    initialValues: contactOf(settings),
    validateInputOnBlur: ['notification_url'],
    validate: { notification_url: notificationUrlFault },
  });
  const save = form.onSubmit((values) => {
    const changed = Object.fromEntries(CONTACT_FIELDS.filter((field) => form.isDirty(field)).map((field) => [field, values[field]]));
    change.mutate(changed, {
      onSuccess: (saved) => {
        form.setInitialValues(contactOf(saved));
        form.setValues(contactOf(saved));
        form.resetDirty(contactOf(saved));
        notifications.show({ message: 'The settings are saved. Every scheduler and worker follows within seconds.' });
      },
    });
  });
  const dirty = form.isDirty();
  const unsaved = useUnsavedEdits(dirty);
  return (
    <Paper withBorder p="md" component="section" aria-label="Notifications">
      <form onSubmit={save}>
        <Stack gap="sm">
          <Title order={2} size="h4">Notifications</Title>
          <ContactFields form={form} failure={change.error} />
          <FormFailure error={change.error} fields={CONTACT_FIELDS} />
          <Group gap="xs">
            <Button type="submit" loading={change.isPending} disabled={!dirty}>Save</Button>
            {dirty && <Button variant="default" onClick={() => { change.reset(); form.reset(); }}>Undo</Button>}
          </Group>
        </Stack>
      </form>
      {unsaved.dialog}
    </Paper>
  );
}

function contactOf({ email, notification_url }: Organization): Contact {
  return { email, notification_url };
}
