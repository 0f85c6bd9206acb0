import { Group, List, Paper, Stack, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import type { components } from '../../api/contract.js';
import { TimeText } from '../../parts/time-text.js';
import { spanOfTime } from './span-of-time.js';

export type Issue = components['schemas']['Issue'];

export function CurrentIssues({ issues, now }: { readonly issues: readonly Issue[]; readonly now: Date }): React.ReactNode {
  return (
    <Stack component="ul" gap="sm" p={0} m={0} style={{ listStyle: 'none' }}>
      {issues.map(({ description, since }) => (
        <Paper component="li" key={`${since} ${description}`} withBorder p="md">
          <Group gap="sm" wrap="nowrap" align="flex-start">
            <IconAlertTriangle color="var(--mantine-color-orange-filled)" aria-hidden />
            <div>
              <Text style={{ overflowWrap: 'anywhere' }}>{description}</Text>
              <Text size="sm" c="dimmed">Since <TimeText iso={since} />, for {spanOfTime(new Date(since), now)}</Text>
            </div>
          </Group>
        </Paper>
      ))}
    </Stack>
  );
}

export function RecentIssues({ issues }: { readonly issues: readonly Issue[] }): React.ReactNode {
  return (
    <List spacing="sm" listStyleType="none">
      {issues.map(({ description, since, until }) => (
        <List.Item key={`${since} ${description}`}>
          <Text style={{ overflowWrap: 'anywhere' }}>{description}</Text>
          <Text size="sm" c="dimmed">
            <TimeText iso={since} />{until !== undefined && <> – <TimeText iso={until} /> ({spanOfTime(new Date(since), new Date(until))})</>}
          </Text>
        </List.Item>
      ))}
    </List>
  );
}
