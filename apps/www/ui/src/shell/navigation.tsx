import { NavLink, ScrollArea, Text } from '@mantine/core';
import { IconActivity, IconAlertTriangle, IconBell, IconBuilding, IconChartLine, IconHome, IconKey, IconMail, IconSettings, IconUsers, IconUsersGroup } from '@tabler/icons-react';
import { Link, matchPath, useLocation } from 'react-router-dom';
import { tenantPath } from '../api/client.js';
import { includesRole, useOrganizations, useTeamsOfUser, type OrganizationRole } from '../api/tenants.js';
import { useOutboxShown } from '../api/outbox-query.js';

const ICON = 18;

/** Home, the pages of the tenant in view, the tenants, CAVE itself. */
export function Navigation(): React.ReactNode {
  const { pathname } = useLocation();
  const organizations = useOrganizations();
  const outboxShown = useOutboxShown();
  const found = matchPath('/organizations/:organization/*', pathname)?.params.organization;
  const organization = organizations.data?.find(({ name }) => name.toLowerCase() === found?.toLowerCase());
  return (
    <ScrollArea type="auto" h="100%">
      <Entry to="/" label="Home" icon={<IconHome size={ICON} aria-hidden />} exact />
      {organization !== undefined && <OrganizationEntries organization={organization.name} role={organization.role} />}
      <Text size="xs" c="dimmed" px="sm" pt="md" component="h2" fw={600}>Organizations</Text>
      {organizations.data?.map(({ name }) => <Entry key={name} to={tenantPath({ organization: name, team: null })} label={name} icon={<IconBuilding size={ICON} aria-hidden />} />)}
      <Entry to="/organizations/new" label="New organization" exact />
      <Text size="xs" c="dimmed" px="sm" pt="md" component="h2" fw={600}>CAVE itself</Text>
      <Entry to="/status" label="Status" icon={<IconActivity size={ICON} aria-hidden />} />
      {outboxShown && <Entry to="/outbox" label="Mail outbox" icon={<IconMail size={ICON} aria-hidden />} />}
    </ScrollArea>
  );
}

function OrganizationEntries({ organization, role }: { readonly organization: string; readonly role: OrganizationRole }): React.ReactNode {
  const { pathname } = useLocation();
  const teams = useTeamsOfUser(organization);
  const teamName = matchPath('/organizations/:organization/teams/:team/*', pathname)?.params.team;
  const own = teams.data?.find(({ name }) => name.toLowerCase() === teamName?.toLowerCase());
  return (
    <>
      <TenantEntries title={organization} organization={organization} team={null} role={role} />
      {teamName !== undefined && <TenantEntries title={`${organization} / ${own?.name ?? teamName}`} organization={organization} team={own?.name ?? teamName} role={role === 'admin' ? 'admin' : (own?.role ?? null)} />}
    </>
  );
}

interface TenantEntriesProps {
  readonly title: string;
  readonly organization: string;
  readonly team: string | null;
  readonly role: OrganizationRole | null;
}

/** Only pages that the role may see. */
function TenantEntries({ title, organization, team, role }: TenantEntriesProps): React.ReactNode {
  const path = tenantPath({ organization, team });
  const can = (need: 'admin' | 'member' | 'viewer'): boolean => includesRole(role, need);
  return (
    <>
      <Text size="xs" c="dimmed" px="sm" pt="md" component="h2" fw={600} truncate title={title}>{title}</Text>
      <Entry to={path} label="Overview" icon={<IconBuilding size={ICON} aria-hidden />} exact />
      {can('viewer') && <Entry to={`${path}/metrics`} label="Metrics" icon={<IconChartLine size={ICON} aria-hidden />} />}
      {can('member') && <Entry to={`${path}/alerts`} label="Alerts" icon={<IconBell size={ICON} aria-hidden />} />}
      {team === null && role !== null && <Entry to={`${path}/teams`} label="Teams" icon={<IconUsersGroup size={ICON} aria-hidden />} exact />}
      {can('member') && <Entry to={`${path}/members`} label="Members" icon={<IconUsers size={ICON} aria-hidden />} />}
      {can('admin') && <Entry to={`${path}/tokens`} label="Tokens" icon={<IconKey size={ICON} aria-hidden />} />}
      {can('admin') && <Entry to={`${path}/settings`} label="Settings" icon={<IconSettings size={ICON} aria-hidden />} />}
      {role === null && <Text size="xs" c="dimmed" px="sm"><IconAlertTriangle size={12} aria-hidden /> No role here</Text>}
    </>
  );
}

interface EntryProps {
  readonly to: string;
  readonly label: string;
  readonly icon?: React.ReactNode;
  /** Active on this page alone, not on those below it. */
  readonly exact?: boolean;
}

function Entry({ to, label, icon, exact = false }: EntryProps): React.ReactNode {
  const { pathname } = useLocation();
  const active = matchPath({ path: encodeURI(decodeURI(to)), end: exact }, pathname) !== null;
  return <NavLink component={Link} to={to} label={label} leftSection={icon} active={active} aria-current={active ? 'page' : undefined} />;
}
