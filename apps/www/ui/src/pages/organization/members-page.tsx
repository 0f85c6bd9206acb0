import { Text } from '@mantine/core';
import { Page } from '../../parts/page.js';
import { useTenant } from '../../shell/tenant-scope.js';
import { AddMember } from './add-member.js';
import { MemberList } from './member-list.js';
import { RoleNeeded } from './role-needed.js';
import { ROLE_MEANS, ROLES } from './role-text.js';

export default function MembersPage(): React.ReactNode {
  const { tenant, title, can } = useTenant();
  if (!can('member')) return <RoleNeeded title="Members" need="member" purpose="to see the members" />;
  return (
    <Page title="Members" subtitle={title}>
      {tenant.team !== null && <Text size="sm">The admins of the organization have the rights of an admin here, whether or not they are in this list.</Text>}
      <MemberList />
      {can('admin') && <AddMember />}
      <Text size="sm" c="dimmed">{ROLES.map((role) => ROLE_MEANS[role]).join(' ')}</Text>
    </Page>
  );
}
