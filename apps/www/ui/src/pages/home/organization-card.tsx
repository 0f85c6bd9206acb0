import { Anchor, Badge, Group, Paper, Stack, Text } from '@mantine/core';
import { Link } from 'react-router-dom';
import { includesRole, type OrganizationRole } from '../../api/tenants.js';
import { FailureState } from '../../parts/failure-state.js';
import { LoadingState } from '../../parts/loading-state.js';
import type { TenantOfUser } from './tenants-of-user.js';
import type { OrganizationQuery } from './use-organizations-with-teams.js';

const ROLES: Readonly<Record<OrganizationRole, string>> = { admin: 'admin', member: 'member', viewer: 'viewer', team: 'through teams' };

/** An organization and the person's teams in it, with ways to what the role lets them see. */
export function OrganizationCard({ found: { organization, teams }, teams: query }: OrganizationQuery): React.ReactNode {
  return (
    <Paper component="li" withBorder p="md">
      <Stack gap="sm">
        <TenantEntry of={organization} strong />
        {query.isPending && query.error === null && <LoadingState label="Loading teams" />}
        {query.data === undefined && query.error !== null && <FailureState error={query.error} retry={() => void query.refetch()} />}
        {teams.length > 0 && (
          <Stack component="ul" gap="xs" p={0} m={0} pl="md" style={{ listStyle: 'none' }} aria-label={`Teams of ${organization.title}`}>
            {teams.map((team) => <li key={team.path}><TenantEntry of={team} /></li>)}
          </Stack>
        )}
      </Stack>
    </Paper>
  );
}

function TenantEntry({ of, strong = false }: { readonly of: TenantOfUser; readonly strong?: boolean }): React.ReactNode {
  const name = of.tenant.team ?? of.tenant.organization;
  const pages = [
    ...(includesRole(of.role, 'viewer') ? [['metrics', 'Metrics'] as const] : []),
    ...(includesRole(of.role, 'member') ? [['alerts', 'Alerts'] as const] : []),
  ];
  return (
    <div>
      <Group gap="xs">
        <Anchor component={Link} to={of.path} fw={strong ? 600 : 400} underline="always" style={{ overflowWrap: 'anywhere' }} miw={0}>{name}</Anchor>
        <Badge variant="default" tt="none">{ROLES[of.role]}</Badge>
      </Group>
      {pages.length > 0 && (
        <Group gap="sm">
          {pages.map(([path, label]) => <Anchor key={path} component={Link} to={`${of.path}/${path}`} size="sm" aria-label={`${label} of ${of.title}`}>{label}</Anchor>)}
        </Group>
      )}
      {of.role === 'team' && <Text size="sm" c="dimmed">You belong to teams of this organization only.</Text>}
    </div>
  );
}
