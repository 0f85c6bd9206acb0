import { ApiError } from '../../api/api-error.js';
import { FailureState } from '../../parts/failure-state.js';
import { Page } from '../../parts/page.js';
import type { Role } from '../../api/tenants.js';
import { useTenant } from '../../shell/tenant-scope.js';
import { roleText } from './role-text.js';

interface RoleNeededProps {
  readonly title: string;
  readonly need: Role;
  /** What the role is needed for, such as `to see the members`. */
  readonly purpose: string;
}

/** In place of a page that the person's role does not open: nothing is asked that the api would refuse. */
export function RoleNeeded({ title, need, purpose }: RoleNeededProps): React.ReactNode {
  const { role, title: tenant } = useTenant();
  return (
    <Page title={title} subtitle={tenant}>
      <FailureState error={new ApiError('forbidden', `The role "${need}" is needed ${purpose}. ${roleText(role)} An admin can change it.`, 'role_needed')} />
    </Page>
  );
}
