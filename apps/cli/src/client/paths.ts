/** A tenant as a command names it. */
export interface TenantName {
  readonly organization: string;
  readonly team: string | null;
}

/** Where a tenant's routes begin. */
export function tenantPath({ organization, team }: TenantName): string {
  const path = `/organizations/${encodeURIComponent(organization)}`;
  return team === null ? path : `${path}/teams/${encodeURIComponent(team)}`;
}

/** The `tags` parameter, before it is escaped as a whole: each part is escaped by itself. */
export function tagFilter(tags: Readonly<Record<string, string>>): string | undefined {
  const pairs = Object.entries(tags).map(([key, value]) => `${encodeURIComponent(key)}:${encodeURIComponent(value)}`);
  return pairs.length === 0 ? undefined : pairs.join(',');
}
