import { Text } from '@mantine/core';
import { Page } from '../../parts/page.js';
import { useTenant } from '../../shell/tenant-scope.js';
import { AddMember } from './add-member.js';
import { MemberList } from './member-list.js';
import { useMembers } from './member-queries.js';
import { RoleNeeded } from './role-needed.js';
import { ROLE_MEANS, ROLES } from './role-text.js';

export default function MembersPage(): React.ReactNode {
  const { can } = useTenant();
  return can('member') ? <Members /> : <RoleNeeded title="Members" need="member" purpose="to see the members" />;
}

function Members(): React.ReactNode {
  const { tenant, title, can } = useTenant();
  const members = useMembers(tenant);
  return (
    <Page title="Members" subtitle={title}>
      {tenant.team !== null && <Text size="sm">The admins of the organization have the rights of an admin here, whether or not they are in this list.</Text>}
      <MemberList />
      {/* After the list, which would push it away from under the mouse. */}
      {can('admin') && members.isFetched && <AddMember />}
      <Text size="sm" c="dimmed">{ROLES.map((role) => ROLE_MEANS[role]).join(' ')}</Text>
    </Page>
  );
}
