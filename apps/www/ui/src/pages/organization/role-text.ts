import type { OrganizationRole, Role } from '../../api/tenants.js';

export const ROLES: readonly Role[] = ['viewer', 'member', 'admin'];

/** What each role may do; each includes what the ones before it may. */
export const ROLE_MEANS: Readonly<Record<Role, string>> = {
  viewer: 'sees metrics',
  member: 'sees metrics and members, sees and changes alerts',
  admin: 'does everything: members, teams, tokens and settings too',
};

/** The person's own role, as a sentence. */
export function roleText(role: OrganizationRole | null): string {
  switch (role) {
    case null: return 'You have no role here.';
    case 'team': return 'You belong to some of its teams only.';
    case 'viewer':
    case 'member':
    case 'admin': return `Your role here is ${role}.`;
  }
}
