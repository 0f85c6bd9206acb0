import { Group, Text } from '@mantine/core';
import { IconPlugConnected, IconPlugConnectedX } from '@tabler/icons-react';
import { TimeText } from '../../parts/time-text.js';

interface ConnectionLineProps {
  /** When CAVE last answered this page; null: not yet. */
  readonly answeredAt: Date | null;
  /** Of the last attempt. */
  readonly failed: boolean;
}

/** Whether this page itself reaches CAVE: what it shows is worth no more than that. */
export function ConnectionLine({ answeredAt, failed }: ConnectionLineProps): React.ReactNode {
  if (answeredAt === null && !failed) return null;
  return (
    <Group gap="xs" wrap="nowrap" data-testid="connection" data-connected={!failed}>
      {failed ? <IconPlugConnectedX size={16} aria-hidden /> : <IconPlugConnected size={16} aria-hidden />}
      <Text size="sm" c="dimmed">
        This page’s connection: {failed ? 'CAVE does not answer' : 'CAVE answers'}
        {answeredAt !== null && <>; its last answer came <TimeText iso={answeredAt.toISOString()} form="relative" /></>}.
      </Text>
    </Group>
  );
}
