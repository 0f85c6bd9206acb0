import { Button, Group } from '@mantine/core';
import { Link } from 'react-router-dom';
import { useTenant } from '../../shell/tenant-scope.js';

/** What people come here for; only what their role lets them do. */
export function QuickLinks(): React.ReactNode {
  const { tenant, path, can } = useTenant();
  const links = [
    ...(can('member') ? [{ to: `${path}/alerts/new`, label: 'New alert' }] : []),
    ...(can('admin') ? [{ to: `${path}/members`, label: 'Add a person' }, { to: `${path}/tokens`, label: 'Get a token' }] : []),
    ...(can('admin') && tenant.team === null ? [{ to: `${path}/teams`, label: 'New team' }, { to: `${path}/settings`, label: 'Notification URL' }] : []),
  ];
  return (
    <Group component="nav" gap="xs" aria-label="Quick links">
      {links.map(({ to, label }) => <Button key={label} component={Link} to={to} variant="default" size="compact-sm">{label}</Button>)}
    </Group>
  );
}
