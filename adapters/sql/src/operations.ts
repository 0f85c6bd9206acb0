import type { AuditRecord, AuditRepository, StatusIssue, StatusRepository } from '@cave/core';
import { sql } from 'kysely';
import type { Session } from './session.js';

export function auditRepository(session: Session): AuditRepository {
  return {
    add: async (record) => {
      await session.rows(sql`insert into audit (who, what, "from", details) values (${record.who}, ${record.what}, ${record.from}, ${JSON.stringify(record.details)}::jsonb)`);
    },
    list: (limit) => session.rows(sql<AuditRecord & { at: Date }>`select who, what, "from", details, created_at as at from audit order by id desc limit ${limit}`),
  };
}

const columns = sql.raw('id::text as id, kind, message, opened_at as "openedAt", closed_at as "closedAt"');

export function statusRepository(session: Session): StatusRepository {
  return {
    open: async (kind, message) => {
      await session.rows(sql`insert into status_issues (kind, message) values (${kind}, ${message}) on conflict (kind) where closed_at is null do nothing`);
    },
    close: async (kind) => {
      await session.rows(sql`update status_issues set closed_at = now() where kind = ${kind} and closed_at is null`);
    },
    current: () => session.rows(sql<StatusIssue>`select ${columns} from status_issues where closed_at is null order by status_issues.id desc`),
    recent: (limit) => session.rows(sql<StatusIssue>`select ${columns} from status_issues where closed_at is not null order by closed_at desc limit ${limit}`),
  };
}
