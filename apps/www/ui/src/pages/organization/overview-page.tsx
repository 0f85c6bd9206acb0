import { SimpleGrid, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { EmptyState } from '../../parts/empty-state.js';
import { Page } from '../../parts/page.js';
import { useTenant } from '../../shell/tenant-scope.js';
import { metricNamesQuery, publishedNames } from '../start/arrived-metrics.js';
import { StartGuide } from '../start/start-guide.js';
import { AlertsCard, MembersCard, MetricsCard, TeamsCard } from './overview-cards.js';
import { QuickLinks } from './quick-links.js';
import { ROLE_ALLOWS, roleText } from './role-text.js';
import { TeamList } from './team-list.js';

/** What there is in an organization or team, as far as the person's role shows it. */
export default function OverviewPage(): React.ReactNode {
  const { tenant, title, role } = useTenant();
  return (
    <Page title={title} subtitle={tenant.team === null ? 'Organization' : 'Team'}>
      <Text size="sm">{roleText(role)}{role !== null && role !== 'team' && ` ${ROLE_ALLOWS[role]}`}</Text>
      {role === null && <NoRole />}
      {role === 'team' && <TeamList />}
      {role !== null && role !== 'team' && <Contents />}
    </Page>
  );
}

function NoRole(): React.ReactNode {
  return (
    <EmptyState title="This team is closed to you">An admin of the team or of the organization can add you to it; until then its metrics and alerts are not shown.</EmptyState>
  );
}

function Contents(): React.ReactNode {
  const { tenant, can } = useTenant();
  return (
    <Stack>
      <SimpleGrid cols={{ base: 1, xs: 2, lg: 4 }}>
        <MetricsCard />
        {can('member') && <AlertsCard />}
        {tenant.team === null && <TeamsCard />}
        {can('member') && <MembersCard />}
      </SimpleGrid>
      <QuickLinks />
      <FirstVisit />
    </Stack>
  );
}

/** Where nobody has published anything yet. It stays once a point has arrived, to say so, until the page is left. */
function FirstVisit(): React.ReactNode {
  const { tenant, can } = useTenant();
  const { data } = useQuery(metricNamesQuery(tenant));
  const [begun, setBegun] = useState(false);
  if (!begun && data !== undefined && publishedNames(data).length === 0) setBegun(true);
  return begun ? <StartGuide tenant={tenant} token={null} managesTokens={can('admin')} /> : null;
}
