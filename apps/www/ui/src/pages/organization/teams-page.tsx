import { Page } from '../../parts/page.js';
import { useTenant } from '../../shell/tenant-scope.js';
import { NewTeam } from './new-team.js';
import { TeamList } from './team-list.js';

/** Of an organization; a team has none of its own. */
export default function TeamsPage(): React.ReactNode {
  const { tenant, title, can } = useTenant();
  return (
    <Page title="Teams" subtitle={title}>
      <TeamList />
      {can('admin') && <NewTeam organization={tenant.organization} />}
    </Page>
  );
}
