import { Box, Code, Group, Text } from '@mantine/core';
import { CopyButton } from '../../parts/copy-button.js';

/** A command to run in a terminal. Long lines are broken on the screen only: what is copied is as it is. */
export function CommandBlock({ title, command }: { readonly title: string; readonly command: string }): React.ReactNode {
  return (
    <Box component="figure" m={0}>
      <Group component="figcaption" justify="space-between" gap="xs" mb={4}>
        <Text size="sm" fw={500}>{title}</Text>
        <CopyButton value={command} label="Copy" />
      </Group>
      <Code block style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>{command}</Code>
    </Box>
  );
}
