import { ApiError } from '../../api/api-error.js';
import { FailureState } from '../../parts/failure-state.js';

/** In the place of alerts for whoever may not see them. */
export function NoAlertRights({ title }: { readonly title: string }): React.ReactNode {
  return <FailureState error={new ApiError('forbidden', `Alerts of ${title} are for its members and admins. Ask one of its admins for the role of a member.`, 'role_needed')} />;
}
