import { Anchor, Badge, Code, Group, Paper, Text } from '@mantine/core';
import { Link } from 'react-router-dom';
import { TimeText } from '../../parts/time-text.js';
import type { Alert } from './firing.js';
import type { TenantOfUser } from './tenants-of-user.js';

/** One alert that fires: what, whose, since when. */
export function FiringCard({ of, alert }: { readonly of: TenantOfUser; readonly alert: Alert }): React.ReactNode {
  const { status } = alert;
  return (
    <Paper component="article" withBorder p="sm" data-testid="firing" aria-label={`${alert.description}, ${of.title}`}>
      <Group justify="space-between" align="flex-start" gap="xs">
        <Anchor component={Link} to={`${of.path}/alerts/${encodeURIComponent(alert.id)}`} fw={600} underline="always" style={{ overflowWrap: 'anywhere' }} miw={0}>{alert.description}</Anchor>
        <Group gap="xs">
          <Badge color="red" variant="filled">Firing</Badge>
          {status.health === 'no_data' && <Badge color="gray" variant="outline">No data now</Badge>}
          {status.health === 'error' && <Badge color="gray" variant="outline">Checks fail now</Badge>}
        </Group>
      </Group>
      <Code style={{ overflowWrap: 'anywhere' }}>{alert.condition}</Code>
      <Text size="sm" c="dimmed">
        <Anchor component={Link} to={of.path} size="sm" underline="always">{of.title}</Anchor>
        {status.since !== null && <>{' · since '}<TimeText iso={status.since} form="relative" /></>}
      </Text>
    </Paper>
  );
}
