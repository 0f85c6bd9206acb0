import { Alert, Anchor, Group, List, Loader, Text } from '@mantine/core';
import { IconCheck } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router-dom';
import { tenantPath, type TenantName } from '../../api/client.js';
import { metricNamesQuery, publishedNames } from './arrived-metrics.js';

const POLL_MS = 2_000;
/** `cave feed host` publishes a dozen at once; the rest are on the page of metrics. */
const MOST_SHOWN = 5;

/** Waits until the tenant has a metric, and then leads to it. */
export function FirstMetric({ tenant }: { readonly tenant: TenantName }): React.ReactNode {
  const names = useQuery({
    ...metricNamesQuery(tenant),
    refetchInterval: ({ state }) => (state.data !== undefined && publishedNames(state.data).length > 0 ? false : POLL_MS),
    // The person is in a terminal meanwhile, and comes back to see.
    refetchIntervalInBackground: true,
  });
  const arrived = publishedNames(names.data ?? []);
  // One live region for all three states: one that came with its text would not be read out.
  return (
    <div role="status" aria-live="polite" data-testid="first-metric" data-arrived={arrived.length > 0}>
      {arrived.length > 0 ? <Arrived tenant={tenant} names={arrived} /> : <Waiting error={names.error} />}
    </div>
  );
}

function Waiting({ error }: { readonly error: Error | null }): React.ReactNode {
  return (
    <Group gap="sm" wrap="nowrap" data-state="waiting">
      <Loader size="sm" aria-hidden />
      <Text size="sm">
        {error === null ? 'Waiting for the first point. It shows here a few seconds after you published it.' : `It cannot be seen whether a point has arrived: ${error.message} This page goes on asking.`}
      </Text>
    </Group>
  );
}

function Arrived({ tenant, names }: { readonly tenant: TenantName; readonly names: readonly string[] }): React.ReactNode {
  const path = `${tenantPath(tenant)}/metrics`;
  return (
    <Alert color="green" icon={<IconCheck aria-hidden />} title="Points arrive here">
      <List size="sm">
        {names.slice(0, MOST_SHOWN).map((name) => (
          <List.Item key={name}><Anchor component={Link} to={`${path}/${encodeURIComponent(name)}`} underline="always" style={{ overflowWrap: 'anywhere' }}>{name}</Anchor></List.Item>
        ))}
      </List>
      {names.length > MOST_SHOWN && <Anchor component={Link} to={path} underline="always" size="sm">{`All ${names.length} metrics`}</Anchor>}
    </Alert>
  );
}
