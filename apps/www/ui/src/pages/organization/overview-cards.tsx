import { Anchor, Card, Group, Text } from '@mantine/core';
import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { Link } from 'react-router-dom';
import { QueryView } from '../../parts/query-view.js';
import { useTenant } from '../../shell/tenant-scope.js';
import { metricNamesQuery } from '../start/arrived-metrics.js';
import { alertCountsQuery, alertsText } from './alert-counts.js';
import { useMembers } from './member-queries.js';
import { useTeamsInView } from './team-queries.js';

export function MetricsCard(): React.ReactNode {
  const { tenant } = useTenant();
  return <CountCard title="Metrics" page="metrics" query={useQuery(metricNamesQuery(tenant))}>{(metrics) => ({ count: metrics.length })}</CountCard>;
}

export function AlertsCard(): React.ReactNode {
  const { tenant } = useTenant();
  return <CountCard title="Alerts" page="alerts" query={useQuery(alertCountsQuery(tenant))}>{(counts) => ({ count: counts.all, more: alertsText(counts), urgent: counts.firing > 0 })}</CountCard>;
}

export function TeamsCard(): React.ReactNode {
  const { tenant, role } = useTenant();
  return <CountCard title="Teams" page="teams" query={useTeamsInView(tenant.organization, role)}>{(teams) => ({ count: teams.length })}</CountCard>;
}

export function MembersCard(): React.ReactNode {
  const { tenant } = useTenant();
  return <CountCard title="Members" page="members" query={useMembers(tenant)}>{(members) => ({ count: members.length })}</CountCard>;
}

interface Count {
  readonly count: number | string;
  readonly more?: string | null;
  /** Somebody should look. */
  readonly urgent?: boolean;
}

interface CountCardProps<T> {
  readonly title: string;
  /** Below the tenant, such as `metrics`. */
  readonly page: string;
  readonly query: UseQueryResult<T>;
  readonly children: (data: T) => Count;
}

/** How many there are of something, and the way to them. */
function CountCard<T>({ title, page, query, children }: CountCardProps<T>): React.ReactNode {
  const { path } = useTenant();
  return (
    <Card withBorder padding="md">
      <Anchor component={Link} to={`${path}/${page}`} size="sm">{title}</Anchor>
      <QueryView query={query} loading={`Counting ${title.toLowerCase()}`}>
        {(data) => {
          const { count, more = null, urgent = false } = children(data);
          return (
            <Group gap="xs" align="baseline">
              <Text fz={28} fw={600} data-testid={`count-${page}`}>{count}</Text>
              {more !== null && <Text size="sm" fw={urgent ? 700 : 400} c={urgent ? 'var(--mantine-color-error)' : 'dimmed'}>{more}</Text>}
            </Group>
          );
        }}
      </QueryView>
    </Card>
  );
}
