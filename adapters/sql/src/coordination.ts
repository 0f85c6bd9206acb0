import { CaveError, type NumberRepository, type OfficeRepository } from '@cave/core';
import { sql } from 'kysely';
import { first, number, numberOrNull, one, type Session } from './session.js';

export function numberRepository(session: Session): NumberRepository {
  return {
    reserve: async (size) => {
      if (!Number.isSafeInteger(size) || size < 1) throw new CaveError('invalid_argument', 'A block of numbers has a whole, positive size.');
      const row = await one(session, sql<{ first: string }>`update number_blocks set next = next + ${size} where name = 'points' returning next - ${size} as first`);
      return number(row.first);
    },
  };
}

interface OfficeRow {
  readonly epoch: string;
  readonly watermark: string | null;
}

function office(row: OfficeRow): { readonly epoch: number; readonly watermark: number | null } {
  return { epoch: number(row.epoch), watermark: numberOrNull(row.watermark) };
}

export function officeRepository(session: Session): OfficeRepository {
  return {
    takeOffice: async (name) =>
      office(
        await one(
          session,
          sql<OfficeRow>`insert into offices as o (name, epoch) values (${name}, 1)
            on conflict (name) do update set epoch = o.epoch + 1, updated_at = now() returning epoch, watermark`,
        ),
      ),
    advanceWatermark: async (name, epoch, watermark) =>
      (
        await session.rows(
          sql`update offices set watermark = greatest(coalesce(watermark, ${watermark}), ${watermark}), updated_at = now() where name = ${name} and epoch = ${epoch} returning 1 as done`,
        )
      ).length > 0,
    find: async (name) => {
      const row = await first(session, sql<OfficeRow>`select epoch, watermark from offices where name = ${name}`);
      return row === null ? null : office(row);
    },
  };
}
