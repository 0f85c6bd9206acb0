/** `admin` ⊃ `member` ⊃ `viewer`. */
export type Role = 'admin' | 'member' | 'viewer';

/** A user added only to a team sees its organization as `team`. */
export type OrganizationRole = Role | 'team';

const RANK: Readonly<Record<Role, number>> = { viewer: 0, member: 1, admin: 2 };

/** Whether whoever has role `have` may do what needs role `need`; null is no role. */
export function includesRole(have: OrganizationRole | null, need: Role): boolean {
  return have !== null && have !== 'team' && RANK[have] >= RANK[need];
}
