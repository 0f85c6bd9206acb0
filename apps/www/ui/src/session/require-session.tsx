import { useQuery } from '@tanstack/react-query';
import { Navigate, Outlet, useLocation } from 'react-router-dom';
import { organizationsQuery } from '../api/tenants.js';
import { FailureState } from '../parts/failure-state.js';
import { LoadingState } from '../parts/loading-state.js';
import { useSession } from './use-session.js';
import { useUser } from './user.js';

/** Pages below need somebody who is logged in; anybody else logs in first and then comes back here. */
export function RequireSession(): React.ReactNode {
  const state = useSession();
  const user = useUser();
  // Every page below needs them: on their way at the same time, instead of once the user is known.
  useQuery({ ...organizationsQuery, enabled: state !== 'out' });
  const { pathname, search } = useLocation();
  if (state === 'out') return <Navigate to={`/login?${new URLSearchParams({ next: pathname + search }).toString()}`} replace />;
  if (user.data !== undefined && user.data !== null) return <Outlet />;
  if (user.error !== null) return <FailureState error={user.error} retry={() => void user.refetch()} />;
  return <LoadingState label="Looking whether you are logged in" />;
}
