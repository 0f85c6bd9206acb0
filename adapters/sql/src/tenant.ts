import type { TenantRef } from '@cave/core';
import { sql, type RawBuilder } from 'kysely';

/** `organization_id = … and team_id …` for one tenant, on the table aliased `alias`. */
export function isTenant(tenant: TenantRef, alias: string): RawBuilder<unknown> {
  const organization = sql.ref(`${alias}.organization_id`);
  const team = sql.ref(`${alias}.team_id`);
  return tenant.teamId === null
    ? sql`${organization} = ${tenant.organizationId} and ${team} is null`
    : sql`${organization} = ${tenant.organizationId} and ${team} = ${tenant.teamId}`;
}
