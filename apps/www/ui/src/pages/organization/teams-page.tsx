import { Page } from '../../parts/page.js';
import { useTenant } from '../../shell/tenant-scope.js';
import { NewTeam } from './new-team.js';
import { TeamList } from './team-list.js';
import { useTeamsInView } from './team-queries.js';

/** Of an organization; a team has none of its own. */
export default function TeamsPage(): React.ReactNode {
  const { tenant, title, role, can } = useTenant();
  const teams = useTeamsInView(tenant.organization, role);
  return (
    <Page title="Teams" subtitle={title}>
      <TeamList />
      {/* After the list, which would push it away from under the mouse. */}
      {can('admin') && teams.isFetched && <NewTeam organization={tenant.organization} />}
    </Page>
  );
}
