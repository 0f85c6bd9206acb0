import type { Organization, OrganizationRepository } from '@cave/core';
import { sql } from 'kysely';
import { changed, first, isId, number, one, type Session } from './session.js';

interface OrganizationRow {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly notification_url: string;
  readonly signing_secret: string;
  readonly cluster: string | null;
  readonly database: string;
  readonly version: string;
}

const columns = sql.raw('id::text as id, name, email, notification_url, signing_secret, cluster, database, version');

function organization(row: OrganizationRow): Organization {
  return {
    id: row.id,
    name: row.name,
    email: row.email,
    notificationUrl: row.notification_url,
    signingSecret: row.signing_secret,
    cluster: row.cluster,
    database: row.database,
    version: number(row.version),
  };
}

export function organizationRepository(session: Session): OrganizationRepository {
  const find = async (query: Parameters<typeof first<OrganizationRow>>[1]): Promise<Organization | null> => {
    const row = await first(session, query);
    return row === null ? null : organization(row);
  };
  return {
    insert: async (o) =>
      organization(
        await one(
          session,
          sql<OrganizationRow>`insert into organizations (name, email, notification_url, signing_secret, cluster, database)
            values (${o.name}, ${o.email}, ${o.notificationUrl}, ${o.signingSecret}, ${o.cluster}, ${o.database}) returning ${columns}`,
        ),
      ),
    findByName: (name) => find(sql`select ${columns} from organizations where lower(name) = lower(${name}) and deleted_at is null`),
    findById: async (id) => (isId(id) ? find(sql`select ${columns} from organizations where id = ${id} and deleted_at is null`) : null),
    lock: async (id) => (isId(id) ? find(sql`select ${columns} from organizations where id = ${id} and deleted_at is null for update`) : null),
    update: async (id, change) => {
      const sets = [sql`version = version + 1, updated_at = now()`];
      if (change.email !== undefined) sets.push(sql`email = ${change.email}`);
      if (change.notificationUrl !== undefined) sets.push(sql`notification_url = ${change.notificationUrl}`);
      if (change.cluster !== undefined) sets.push(sql`cluster = ${change.cluster}`);
      if (change.signingSecret !== undefined) sets.push(sql`signing_secret = ${change.signingSecret}`);
      return organization(
        await changed(session, 'organization', sql<OrganizationRow>`update organizations set ${sql.join(sets)} where id = ${id} and deleted_at is null returning ${columns}`),
      );
    },
    delete: async (id) =>
      organization(
        await changed(
          session,
          'organization',
          sql<OrganizationRow>`update organizations set deleted_at = now(), updated_at = now(), version = version + 1 where id = ${id} and deleted_at is null returning ${columns}`,
        ),
      ),
  };
}
