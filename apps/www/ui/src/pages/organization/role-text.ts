import type { OrganizationRole, Role } from '../../api/tenants.js';

export const ROLES: readonly Role[] = ['viewer', 'member', 'admin'];

/** What each role may do. */
export const ROLE_MEANS: Readonly<Record<Role, string>> = {
  viewer: 'A viewer sees metrics.',
  member: 'A member also sees and changes alerts, and sees who belongs here.',
  admin: 'An admin also manages members, teams, tokens and settings.',
};

/** The same, said to whoever has the role. */
export const ROLE_ALLOWS: Readonly<Record<Role, string>> = {
  viewer: 'You see metrics.',
  member: 'You see metrics and who belongs here, and you look after alerts.',
  admin: 'You may do everything here.',
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
