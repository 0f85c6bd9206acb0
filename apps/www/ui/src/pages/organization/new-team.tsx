import { Button, Group, Paper, Stack, Text, TextInput, Title } from '@mantine/core';
import { useForm } from '@mantine/form';
import { ApiError } from '../../api/api-error.js';
import { fieldError, FormFailure } from '../../parts/form-failure.js';
import { SecretOnce } from '../../parts/secret-once.js';
import { StartGuide } from '../start/start-guide.js';
import { NAME_RULE, nameFault } from './field-faults.js';
import { useCreateTeam } from './team-queries.js';

/** Creates a team; what its token is, and how to begin with it, is shown below until the next one. */
export function NewTeam({ organization }: { readonly organization: string }): React.ReactNode {
  const create = useCreateTeam(organization);
  const form = useForm({ initialValues: { name: '' }, validateInputOnChange: true, validate: { name: nameFault } });
  const taken = create.error instanceof ApiError && create.error.kind === 'conflict' ? create.error.message : null;
  return (
    <>
      <Paper withBorder p="md" maw={560} component="section" aria-label="New team">
        <form onSubmit={form.onSubmit(({ name }) => create.mutate(name, { onSuccess: () => form.reset() }))}>
          <Stack gap="sm">
            <Title order={2} size="h4">New team</Title>
            <TextInput label="Name" description={NAME_RULE} required autoComplete="off" spellCheck={false} {...form.getInputProps('name')} error={form.errors['name'] ?? taken ?? fieldError(create.error, 'name')} />
            {taken === null && <FormFailure error={create.error} fields={['name']} />}
            <Group><Button type="submit" loading={create.isPending}>Create the team</Button></Group>
          </Stack>
        </form>
      </Paper>
      {create.data !== undefined && (
        <Stack component="section" aria-label={`The new team ${create.data.name}`}>
          {create.data.tokens.map(({ id, description, value }) => (
            <SecretOnce key={id} title={`Token "${description}" of the team "${create.data.name}", for publishing metrics`} secret={value}>
              <Text size="sm">The team has no members of its own yet: the admins of the organization are its admins.</Text>
            </SecretOnce>
          ))}
          <StartGuide tenant={{ organization, team: create.data.name }} token={create.data.tokens[0]?.value ?? null} managesTokens />
        </Stack>
      )}
    </>
  );
}
