import { Button, SimpleGrid, Title } from '@mantine/core';
import { Link } from 'react-router-dom';
import { useOrganizations, type OrganizationOfUser } from '../../api/tenants.js';
import { LoadingState } from '../../parts/loading-state.js';
import { Page } from '../../parts/page.js';
import { QueryView } from '../../parts/query-view.js';
import { FiringNow } from './firing-now.js';
import { FirstVisit } from './first-visit.js';
import { OrganizationCard } from './organization-card.js';
import { watchedTenants } from './tenants-of-user.js';
import { useOrganizationsWithTeams } from './use-organizations-with-teams.js';

export default function HomePage(): React.ReactNode {
  const organizations = useOrganizations();
  const some = organizations.data !== undefined && organizations.data.length > 0;
  return (
    <Page title="Home" actions={some ? <Button component={Link} to="/organizations/new" variant="default">New organization</Button> : undefined}>
      <QueryView query={organizations} loading="Loading your organizations" empty={{ when: (found) => found.length === 0, show: <FirstVisit /> }}>
        {(found) => <Overview organizations={found} />}
      </QueryView>
    </Page>
  );
}

function Overview({ organizations }: { readonly organizations: readonly OrganizationOfUser[] }): React.ReactNode {
  const withTeams = useOrganizationsWithTeams(organizations);
  const tenants = watchedTenants(withTeams.map(({ found }) => found));
  const teamsOnTheWay = withTeams.some(({ teams }) => teams.isPending && teams.error === null);
  return (
    <>
      {/* A viewer may not list alerts; "nothing is firing" would be a guess. */}
      {teamsOnTheWay ? <LoadingState label="Asking what is firing" /> : tenants.length > 0 && <FiringNow tenants={tenants} incomplete={withTeams.some(({ teams }) => teams.data === undefined)} />}
      <section aria-labelledby="organizations">
        <Title order={2} size="h4" id="organizations" mb="xs">Organizations and teams</Title>
        <SimpleGrid component="ul" cols={{ base: 1, sm: 2, lg: 3 }} p={0} m={0} style={{ listStyle: 'none' }}>
          {withTeams.map((organization) => <OrganizationCard key={organization.found.organization.path} {...organization} />)}
        </SimpleGrid>
      </section>
    </>
  );
}
