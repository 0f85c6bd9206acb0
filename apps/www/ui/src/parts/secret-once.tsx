import { Alert, Code, Group, Stack, Text } from '@mantine/core';
import { IconKey } from '@tabler/icons-react';
import { CopyButton } from './copy-button.js';

/** A secret that CAVE shows this once: it keeps only a hash of it. */
export function SecretOnce({ title, secret, children }: { readonly title: string; readonly secret: string; readonly children?: React.ReactNode }): React.ReactNode {
  return (
    <Alert color="yellow" icon={<IconKey aria-hidden />} title={title}>
      <Stack gap="xs">
        <Text size="sm">Copy it now: it is shown this once, and cannot be shown again.</Text>
        <Group gap="xs">
          <Code data-testid="secret" style={{ overflowWrap: 'anywhere' }}>{secret}</Code>
          <CopyButton value={secret} label="Copy" />
        </Group>
        {children}
      </Stack>
    </Alert>
  );
}
