import { Button, Code, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { ConfirmDialog } from '../../parts/confirm-dialog.js';
import { SecretOnce } from '../../parts/secret-once.js';
import { useRotateSecret } from './organization-queries.js';

/** What receivers of notifications check them with, and how to replace it. */
export function SigningSecret({ organization }: { readonly organization: string }): React.ReactNode {
  const rotate = useRotateSecret(organization);
  const [asking, { open, close }] = useDisclosure();
  return (
    <Paper withBorder p="md" component="section" aria-label="Signing secret">
      <Stack gap="sm">
        <Title order={2} size="h4">Signing secret</Title>
        <Text size="sm">
          Each notification carries <Code>X-Cave-Signature</Code>: the text <Code>sha256=</Code> and the HMAC-SHA256, in hexadecimal, of <Code>X-Cave-Timestamp</Code>, a dot and the body as it came, under this secret.
          A receiver computes the same before it parses the body, compares the two in constant time, and refuses timestamps that are more than a few minutes old.
          CAVE&apos;s documentation holds code for it in docs/notifications.md, under &quot;Verify the signature&quot;.
        </Text>
        {rotate.data !== undefined && <SecretOnce title="The new signing secret" secret={rotate.data} />}
        <Group><Button variant="default" onClick={open}>Replace the secret</Button></Group>
      </Stack>
      <ConfirmDialog
        opened={asking}
        onClose={() => {
          if (rotate.isError) rotate.reset();
          close();
        }}
        title={`Replace the signing secret of "${organization}"?`}
        consequence="Notifications are signed with the new one from now on. Receivers that know the old one only refuse them until they have the new one. The old one cannot be brought back."
        action="Replace the secret"
        pending={rotate.isPending}
        error={rotate.error}
        onConfirm={() => rotate.mutate(undefined, { onSuccess: close })}
      />
    </Paper>
  );
}
