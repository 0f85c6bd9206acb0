import { Anchor, Button, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Link } from 'react-router-dom';
import { QueryView } from '../../parts/query-view.js';
import { useTenant } from '../../shell/tenant-scope.js';
import { DeleteTenantDialog } from './delete-tenant-dialog.js';
import { useTeamsInView } from './team-queries.js';

/** The end of an organization or team. An organization goes only after its teams. */
export function DeleteTenant(): React.ReactNode {
  const { tenant } = useTenant();
  const kind = tenant.team === null ? 'organization' : 'team';
  return (
    <Paper withBorder p="md" component="section" aria-label={`Delete the ${kind}`}>
      <Stack gap="sm">
        <Title order={2} size="h4">{`Delete the ${kind}`}</Title>
        {tenant.team === null ? <AfterItsTeams /> : <DeleteButton />}
      </Stack>
    </Paper>
  );
}

function AfterItsTeams(): React.ReactNode {
  const { tenant, path, role } = useTenant();
  const teams = useTeamsInView(tenant.organization, role);
  return (
    <QueryView query={teams} loading="Looking for teams">
      {({ length }) => length === 0
        ? <DeleteButton />
        : <Text size="sm">{`It can be deleted once it has no teams; it has ${length} now. `}<Anchor component={Link} to={`${path}/teams`} underline="always" size="sm">Delete the teams first</Anchor>.</Text>}
    </QueryView>
  );
}

function DeleteButton(): React.ReactNode {
  const { tenant } = useTenant();
  const [asking, { open, close }] = useDisclosure();
  return (
    <>
      <Text size="sm">All of its data goes with it, for good.</Text>
      <Group><Button color="red" variant="outline" onClick={open}>{tenant.team === null ? 'Delete the organization' : 'Delete the team'}</Button></Group>
      <DeleteTenantDialog tenant={asking ? tenant : null} onClose={close} />
    </>
  );
}
