import { ActionIcon, NativeSelect, Table, Text, VisuallyHidden } from '@mantine/core';
import { IconUserMinus } from '@tabler/icons-react';
import { useState } from 'react';
import type { Role } from '../../api/tenants.js';
import { EmptyState } from '../../parts/empty-state.js';
import { QueryView } from '../../parts/query-view.js';
import { useUser } from '../../session/user.js';
import { useTenant } from '../../shell/tenant-scope.js';
import { sameAddress, useMembers, useSetRole, type Member } from './member-queries.js';
import { RemoveMemberDialog } from './remove-member-dialog.js';
import { ROLES } from './role-text.js';

/** Who belongs here. Admins change and remove others, nobody oneself. */
export function MemberList(): React.ReactNode {
  const { tenant, can } = useTenant();
  const members = useMembers(tenant);
  const [removing, setRemoving] = useState<Member | null>(null);
  return (
    <>
      <QueryView query={members} loading="Loading members" empty={{ when: (list) => list.length === 0, show: <EmptyState title="No members of its own">The admins of the organization look after this team.</EmptyState> }}>
        {(list) => (
          <Table verticalSpacing="xs" aria-label="Members">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Person</Table.Th>
                <Table.Th w={130}>Role</Table.Th>
                {can('admin') && <Table.Th w={50}><VisuallyHidden>Remove</VisuallyHidden></Table.Th>}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {list.map((member) => <MemberRow key={member.user.email} member={member} onRemove={() => setRemoving(member)} />)}
            </Table.Tbody>
          </Table>
        )}
      </QueryView>
      <RemoveMemberDialog member={removing} onClose={() => setRemoving(null)} />
    </>
  );
}

function MemberRow({ member: { user, role }, onRemove }: { readonly member: Member; readonly onRemove: () => void }): React.ReactNode {
  const { tenant, can } = useTenant();
  const own = sameAddress(useUser().data?.email ?? '', user.email);
  const setRole = useSetRole(tenant);
  return (
    <Table.Tr>
      <Table.Td style={{ overflowWrap: 'anywhere' }}>
        <Text size="sm">{user.first_name} {user.last_name}{own && ' (you)'}</Text>
        <Text size="xs" c="dimmed">{user.email}</Text>
      </Table.Td>
      <Table.Td>
        {can('admin') && !own
          ? <NativeSelect size="xs" aria-label={`Role of ${user.email}`} data={[...ROLES]} value={role} onChange={(event) => setRole.mutate({ email: user.email, role: event.currentTarget.value as Role })} />
          : role}
      </Table.Td>
      {can('admin') && (
        <Table.Td>
          {!own && <ActionIcon variant="subtle" color="red" aria-label={`Remove ${user.email}`} onClick={onRemove}><IconUserMinus size={18} aria-hidden /></ActionIcon>}
        </Table.Td>
      )}
    </Table.Tr>
  );
}
