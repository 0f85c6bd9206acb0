import { ApiError } from '../../api/api-error.js';
import { FailureState } from '../../parts/failure-state.js';

/** In the place of metrics for members of some teams only, and of organizations without a role on the team. */
export function NoRole({ title }: { readonly title: string }): React.ReactNode {
  return <FailureState error={new ApiError('forbidden', `You have no role in ${title}, so you cannot see its metrics. Ask one of its admins to add you.`, 'role_needed')} />;
}
