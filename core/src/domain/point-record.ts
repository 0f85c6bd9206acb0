import { CaveError } from '../errors.js';
import type { PointBatch, PointIdentity, Series } from './point-batch.js';

/**
 * The envelope of one raw-stream record: many points of one database.
 *
 * Layout, little-endian: `C` `V`, version (u8, 1), zero (u8), header length in bytes (u32),
 * number of points (u32), zero (u32); header (JSON, UTF-8), padded with spaces to a multiple
 * of 8; times (f64 × n), values (f64 × n), series index (u32 × n). Columns are read in place
 * where the buffer's alignment allows.
 */
const MAGIC_0 = 0x43;
const MAGIC_1 = 0x56;
const VERSION = 1;
const FIXED_BYTES = 16;

interface Header {
  readonly database: string;
  readonly cluster: string | null;
  readonly identity: PointIdentity;
  readonly appendedAtMs: number;
  readonly series: readonly Series[];
}

export interface PointRecord {
  readonly points: PointBatch;
  /** Taken right before the append, by the config store's clock; milliseconds since the epoch. */
  readonly appendedAtMs: number;
}

export function encodePointRecord(record: PointRecord): Uint8Array {
  const { points } = record;
  const header: Header = {
    database: points.database,
    cluster: points.cluster,
    identity: points.identity,
    appendedAtMs: record.appendedAtMs,
    series: points.series,
  };
  const json = Buffer.from(JSON.stringify(header), 'utf8');
  const headerBytes = Math.ceil(json.byteLength / 8) * 8;
  const n = points.times.length;
  const body = Buffer.alloc(FIXED_BYTES + headerBytes + n * 20, 0x20);
  body[0] = MAGIC_0;
  body[1] = MAGIC_1;
  body[2] = VERSION;
  body[3] = 0;
  body.writeUInt32LE(headerBytes, 4);
  body.writeUInt32LE(n, 8);
  body.writeUInt32LE(0, 12);
  json.copy(body, FIXED_BYTES);
  let at = FIXED_BYTES + headerBytes;
  for (const column of [points.times, points.values, points.seriesIndex]) {
    body.set(new Uint8Array(column.buffer, column.byteOffset, column.byteLength), at);
    at += column.byteLength;
  }
  return body;
}

/** Throws `invalid_argument` for anything that `encodePointRecord` did not write. */
export function decodePointRecord(bytes: Uint8Array): PointRecord {
  // Typed arrays need aligned memory; a record that lies askew in a bigger buffer is copied once.
  const aligned = bytes.byteOffset % 8 === 0 ? bytes : Uint8Array.from(bytes);
  const view = new DataView(aligned.buffer, aligned.byteOffset, aligned.byteLength);
  if (view.byteLength < FIXED_BYTES || view.getUint8(0) !== MAGIC_0 || view.getUint8(1) !== MAGIC_1) {
    throw new CaveError('invalid_argument', 'The record is not a CAVE point record.');
  }
  if (view.getUint8(2) !== VERSION) {
    throw new CaveError('invalid_argument', `The point record has version ${view.getUint8(2)}; this CAVE reads version ${VERSION}.`);
  }
  const headerBytes = view.getUint32(4, true);
  const n = view.getUint32(8, true);
  if (headerBytes % 8 !== 0 || view.byteLength !== FIXED_BYTES + headerBytes + n * 20) {
    throw new CaveError('invalid_argument', 'The point record is cut short or too long.');
  }
  const header = parseHeader(Buffer.from(aligned.buffer, aligned.byteOffset + FIXED_BYTES, headerBytes).toString('utf8'));
  const start = aligned.byteOffset + FIXED_BYTES + headerBytes;
  const times = new Float64Array(aligned.buffer, start, n);
  const values = new Float64Array(aligned.buffer, start + n * 8, n);
  const seriesIndex = new Uint32Array(aligned.buffer, start + n * 16, n);
  for (const index of seriesIndex) {
    if (index >= header.series.length) throw new CaveError('invalid_argument', 'The point record names a series that it does not list.');
  }
  return {
    appendedAtMs: header.appendedAtMs,
    points: { database: header.database, cluster: header.cluster, identity: header.identity, series: header.series, seriesIndex, times, values },
  };
}

function parseHeader(json: string): Header {
  let header: Partial<Header>;
  try {
    header = JSON.parse(json) as Partial<Header>;
  } catch (cause) {
    throw new CaveError('invalid_argument', "The point record's header is not JSON.", { cause });
  }
  if (typeof header.database !== 'string' || typeof header.appendedAtMs !== 'number' || !Array.isArray(header.series) || header.identity === undefined) {
    throw new CaveError('invalid_argument', "The point record's header lacks a field.");
  }
  return { ...(header as Header), cluster: header.cluster ?? null };
}
