/** `admin` ⊃ `member` ⊃ `viewer`. */
export type Role = 'admin' | 'member' | 'viewer';

/** A user added only to a team sees its organization as `team`. */
export type OrganizationRole = Role | 'team';
