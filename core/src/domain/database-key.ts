import { randomInt } from 'node:crypto';

/** 36⁸ ≈ 3·10¹²: a name may be given up and taken again for ever without meeting an old key. */
const RANDOM_CHARACTERS = 8;

/**
 * A new key of a tenant's database: `gilt-k3f9qx7p` of an organization, `twain.gilt-x81zd04k`
 * of a team. Lower case, since some stores keep databases in files whose names ignore case.
 */
export function mintDatabaseKey(organization: string, team: string | null): string {
  let random = '';
  for (let i = 0; i < RANDOM_CHARACTERS; i += 1) random += randomInt(36).toString(36);
  const name = team === null ? organization : `${team}.${organization}`;
  return `${name.toLowerCase()}-${random}`;
}
