import { Button, Group, Paper, Stack, Text, TextInput, Title } from '@mantine/core';
import { useForm } from '@mantine/form';
import type { UseMutationResult } from '@tanstack/react-query';
import { fieldError, FormFailure } from '../../parts/form-failure.js';
import { MOST_TOKENS, type NewToken } from './token-queries.js';

/** As the api allows. */
const MOST_CHARACTERS = 200;

interface NewTokenFormProps {
  /** How many there are already. */
  readonly existing: number;
  readonly create: UseMutationResult<NewToken, Error, string>;
}

export function NewTokenForm({ existing, create }: NewTokenFormProps): React.ReactNode {
  const form = useForm({ initialValues: { description: '' } });
  const full = existing >= MOST_TOKENS;
  return (
    <Paper withBorder p="md" maw={560} component="section" aria-label="New token">
      <form onSubmit={form.onSubmit(({ description }) => create.mutate(description, { onSuccess: () => form.reset() }))}>
        <Stack gap="sm">
          <Title order={2} size="h4">New token</Title>
          <TextInput label="Description" description="Who or what publishes with it." required maxLength={MOST_CHARACTERS} autoComplete="off" disabled={full} {...form.getInputProps('description')} error={fieldError(create.error, 'description')} />
          <FormFailure error={create.error} fields={['description']} />
          {full && <Text size="sm" id="tokens-full">{`There are ${existing} tokens, and no more can exist at once. Delete one first.`}</Text>}
          <Group><Button type="submit" loading={create.isPending} disabled={full} aria-describedby={full ? 'tokens-full' : undefined}>Create the token</Button></Group>
        </Stack>
      </form>
    </Paper>
  );
}
