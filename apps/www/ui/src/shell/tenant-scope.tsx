import { createContext, useContext, useMemo } from 'react';
import { Outlet, useParams } from 'react-router-dom';
import { ApiError } from '../api/api-error.js';
import { tenantPath, type TenantName } from '../api/client.js';
import { includesRole, useOrganizations, useTeamsOfUser, type OrganizationRole, type Role } from '../api/tenants.js';
import { FailureState } from '../parts/failure-state.js';
import { LoadingState } from '../parts/loading-state.js';
import { Page } from '../parts/page.js';

export interface TenantInView {
  readonly tenant: TenantName;
  /** The name as people say it: `gilt`, or `gilt / web`. */
  readonly title: string;
  /** Where its pages are, without a trailing slash. */
  readonly path: string;
  /** Null: none, as an organization's member has on a team that is not theirs. */
  readonly role: OrganizationRole | null;
  /** Whether the person may do what needs this role here. */
  readonly can: (need: Role) => boolean;
}

const Context = createContext<TenantInView | null>(null);

/** The organization or team of the page; only below `TenantScope`. */
export function useTenant(): TenantInView {
  const found = useContext(Context);
  if (found === null) throw new Error('useTenant is used outside of a page of an organization or team.');
  return found;
}

/**
 * Finds out what the person may do on the tenant that the address names, before a page of it is
 * shown: so that no page shows a button that would fail.
 */
export function TenantScope(): React.ReactNode {
  const { organization = '', team = null } = useParams();
  const organizations = useOrganizations();
  const teams = useTeamsOfUser(organization);
  const found = organizations.data?.find(({ name }) => same(name, organization));
  const ownTeam = team === null ? undefined : teams.data?.find(({ name }) => same(name, team));
  const role: OrganizationRole | null = team === null ? (found?.role ?? null) : found?.role === 'admin' ? 'admin' : (ownTeam?.role ?? null);
  const view = useMemo<TenantInView>(() => {
    const tenant = { organization: found?.name ?? organization, team: team === null ? null : (ownTeam?.name ?? team) };
    return {
      tenant,
      title: tenant.team === null ? tenant.organization : `${tenant.organization} / ${tenant.team}`,
      path: tenantPath(tenant),
      role,
      can: (need) => includesRole(role, need),
    };
  }, [found?.name, organization, ownTeam?.name, role, team]);

  if (organizations.isPending || (found !== undefined && team !== null && teams.isPending)) return <LoadingState label="Looking up your role" />;
  if (organizations.error !== null) return <Unknown title={view.title} error={organizations.error} retry={() => void organizations.refetch()} />;
  if (found === undefined) {
    return <Unknown title={view.title} error={new ApiError('not_found', `There is no organization "${organization}", or you are not a member of it. Ask one of its admins to add you.`, 'unknown_organization')} />;
  }
  if (team !== null && teams.error !== null) return <Unknown title={view.title} error={teams.error} retry={() => void teams.refetch()} />;
  // Keyed, so that nothing a page holds, such as a token that it shows once, is carried over to another tenant.
  return (
    <Context.Provider key={view.path.toLowerCase()} value={view}>
      <Outlet />
    </Context.Provider>
  );
}

/** In place of the page, with the heading and the title of a window that a page has. */
function Unknown({ title, error, retry }: { readonly title: string; readonly error: Error; readonly retry?: () => void }): React.ReactNode {
  return <Page title={title}><FailureState error={error} {...(retry !== undefined && { retry })} /></Page>;
}

/** Names are unique without regard to case. */
function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
