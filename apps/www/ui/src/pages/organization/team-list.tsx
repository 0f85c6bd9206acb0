import { ActionIcon, Anchor, Table, Text, VisuallyHidden } from '@mantine/core';
import { IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import { Link } from 'react-router-dom';
import { tenantPath } from '../../api/client.js';
import { EmptyState } from '../../parts/empty-state.js';
import { QueryView } from '../../parts/query-view.js';
import { useTenant } from '../../shell/tenant-scope.js';
import { DeleteTenantDialog } from './delete-tenant-dialog.js';
import { useTeamsInView } from './team-queries.js';

/** Those with a role lead to their pages; an admin of the organization may delete each. */
export function TeamList(): React.ReactNode {
  const { tenant, role, can } = useTenant();
  const { organization } = tenant;
  const teams = useTeamsInView(organization, role);
  const [deleting, setDeleting] = useState<string | null>(null);
  const explanation = can('admin')
    ? 'A team has metrics, alerts, tokens and members of its own. Create the first one below.'
    : can('member') ? 'A team has metrics, alerts, tokens and members of its own. An admin can create one.' : 'You belong to none of the teams here. An admin can add you to one.';
  return (
    <>
      <QueryView query={teams} loading="Loading teams" empty={{ when: (list) => list.length === 0, show: <EmptyState title="No teams">{explanation}</EmptyState> }}>
        {(list) => (
          <Table verticalSpacing="xs" aria-label="Teams">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Team</Table.Th>
                <Table.Th>Your role</Table.Th>
                {can('admin') && <Table.Th w={60}><VisuallyHidden>Delete</VisuallyHidden></Table.Th>}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {list.map(({ name, role: own }) => (
                <Table.Tr key={name}>
                  <Table.Td style={{ overflowWrap: 'anywhere' }}>
                    {own === null ? name : <Anchor component={Link} to={tenantPath({ organization, team: name })} underline="always" size="sm">{name}</Anchor>}
                  </Table.Td>
                  <Table.Td>{own ?? <Text span size="sm" c="dimmed">none</Text>}</Table.Td>
                  {can('admin') && (
                    <Table.Td>
                      <ActionIcon variant="subtle" color="red" aria-label={`Delete the team ${name}`} onClick={() => setDeleting(name)}><IconTrash size={18} aria-hidden /></ActionIcon>
                    </Table.Td>
                  )}
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        )}
      </QueryView>
      <DeleteTenantDialog tenant={deleting === null ? null : { organization, team: deleting }} onClose={() => setDeleting(null)} />
    </>
  );
}
