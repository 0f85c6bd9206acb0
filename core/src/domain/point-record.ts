import { CaveError } from '../errors.js';
import type { PointBatch, PointIdentity, Series } from './point-batch.js';

/**
 * The envelope of one raw-stream record: many points of one database.
 *
 * Layout, little-endian: `C` `V`, version (u8, 1), zero (u8), length of header and series in
 * bytes (u32), number of points (u32), length of the series alone (u32); header (JSON, UTF-8);
 * series (JSON, UTF-8), padded with spaces to a multiple of 8 together; times (f64 × n), values
 * (f64 × n), series index (u32 × n). Columns are read in place where the buffer's alignment
 * allows. The series stand apart because an application sends the same ones again and again:
 * a decoder that has seen the text need not parse it once more.
 */
const MAGIC_0 = 0x43;
const MAGIC_1 = 0x56;
const VERSION = 1;
const FIXED_BYTES = 16;
/** Series dictionaries that a decoder remembers, and how long one may be to be remembered; characters. */
const REMEMBERED = 256;
const REMEMBERED_LENGTH = 64 * 1024;

interface Header {
  readonly database: string;
  readonly cluster: string | null;
  readonly identity: PointIdentity;
  readonly appendedAtMs: number;
}

export interface PointRecord {
  readonly points: PointBatch;
  /** Taken right before the append, by the config store's clock; milliseconds since the epoch. */
  readonly appendedAtMs: number;
}

/** A record as one cluster's reader needs it. */
export interface SiftedRecord {
  readonly appendedAtMs: number;
  /** Null: of a cluster that was not asked for. */
  readonly points: PointBatch | null;
}

export function encodePointRecord(record: PointRecord): Uint8Array {
  const { points } = record;
  const header: Header = { database: points.database, cluster: points.cluster, identity: points.identity, appendedAtMs: record.appendedAtMs };
  const headerText = JSON.stringify(header);
  const series = encodedSeries(points.series);
  const textBytes = Buffer.byteLength(headerText) + series.length;
  const paddedBytes = Math.ceil(textBytes / 8) * 8;
  const n = points.times.length;
  const body = Buffer.allocUnsafe(FIXED_BYTES + paddedBytes + n * 20);
  body[0] = MAGIC_0;
  body[1] = MAGIC_1;
  body[2] = VERSION;
  body[3] = 0;
  body.writeUInt32LE(paddedBytes, 4);
  body.writeUInt32LE(n, 8);
  body.writeUInt32LE(series.length + paddedBytes - textBytes, 12);
  body.set(series, FIXED_BYTES + body.write(headerText, FIXED_BYTES));
  body.fill(0x20, FIXED_BYTES + textBytes, FIXED_BYTES + paddedBytes);
  let at = FIXED_BYTES + paddedBytes;
  for (const column of [points.times, points.values, points.seriesIndex]) {
    body.set(new Uint8Array(column.buffer, column.byteOffset, column.byteLength), at);
    at += column.byteLength;
  }
  return body;
}

const ENCODED_SERIES = new WeakMap<readonly Series[], Buffer>();

/** A list of series that comes again, as the same object, is encoded once. */
function encodedSeries(series: readonly Series[]): Buffer {
  let bytes = ENCODED_SERIES.get(series);
  if (bytes === undefined) {
    bytes = Buffer.from(JSON.stringify(series));
    ENCODED_SERIES.set(series, bytes);
  }
  return bytes;
}

/** Where the parts of a record lie. */
interface Layout {
  readonly headerBytes: number;
  /** Header and series, padded. */
  readonly textBytes: number;
  /** Points. */
  readonly n: number;
}

function open(bytes: Uint8Array): Layout & { readonly header: Header } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.byteLength < FIXED_BYTES || view.getUint8(0) !== MAGIC_0 || view.getUint8(1) !== MAGIC_1) {
    throw new CaveError('invalid_argument', 'The record is not a CAVE point record.');
  }
  if (view.getUint8(2) !== VERSION) {
    throw new CaveError('invalid_argument', `The point record has version ${view.getUint8(2)}; this CAVE reads version ${VERSION}.`);
  }
  const textBytes = view.getUint32(4, true);
  const n = view.getUint32(8, true);
  const seriesBytes = view.getUint32(12, true);
  if (textBytes % 8 !== 0 || seriesBytes > textBytes || view.byteLength !== FIXED_BYTES + textBytes + n * 20) {
    throw new CaveError('invalid_argument', 'The point record is cut short or too long.');
  }
  const headerBytes = textBytes - seriesBytes;
  return { headerBytes, textBytes, n, header: parseHeader(text(bytes, 0, headerBytes)) };
}

/** The bytes from `start` to `end` behind the fixed part. */
function text(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + FIXED_BYTES + start, end - start).toString('utf8');
}

/** Decodes records; remembers the series dictionaries that it met last. */
export class PointRecordDecoder {
  readonly #dictionaries = new Map<string, readonly Series[]>();

  /** Throws `invalid_argument` for anything that `encodePointRecord` did not write. */
  decode(bytes: Uint8Array): PointRecord {
    const { header, ...layout } = open(bytes);
    return { appendedAtMs: header.appendedAtMs, points: this.#points(bytes, header, layout) };
  }

  /** Like `decode`, but reads no further than the header where `wanted` does not want the record's cluster. */
  sift(bytes: Uint8Array, wanted: (cluster: string | null) => boolean): SiftedRecord {
    const { header, ...layout } = open(bytes);
    return { appendedAtMs: header.appendedAtMs, points: wanted(header.cluster) ? this.#points(bytes, header, layout) : null };
  }

  #points(bytes: Uint8Array, { database, cluster, identity }: Header, { headerBytes, textBytes, n }: Layout): PointBatch {
    // Typed arrays need aligned memory; a record that lies askew in a bigger buffer is copied once.
    const aligned = bytes.byteOffset % 8 === 0 ? bytes : Uint8Array.from(bytes);
    const series = this.#series(text(aligned, headerBytes, textBytes));
    const start = aligned.byteOffset + FIXED_BYTES + textBytes;
    const times = new Float64Array(aligned.buffer, start, n);
    const values = new Float64Array(aligned.buffer, start + n * 8, n);
    const seriesIndex = new Uint32Array(aligned.buffer, start + n * 16, n);
    for (const index of seriesIndex) {
      if (index >= series.length) throw new CaveError('invalid_argument', 'The point record names a series that it does not list.');
    }
    return { database, cluster, identity, series, seriesIndex, times, values };
  }

  #series(text: string): readonly Series[] {
    const remembered = this.#dictionaries.get(text);
    if (remembered !== undefined) return remembered;
    const series = parseJson(text);
    if (!Array.isArray(series)) throw new CaveError('invalid_argument', "The point record's series are no list.");
    if (text.length <= REMEMBERED_LENGTH) {
      // Emptied as a whole: what is in use comes back at once, and nothing is kept for ever.
      if (this.#dictionaries.size >= REMEMBERED) this.#dictionaries.clear();
      this.#dictionaries.set(text, series as Series[]);
    }
    return series as Series[];
  }
}

/** `PointRecordDecoder.decode` for a single record. */
export function decodePointRecord(bytes: Uint8Array): PointRecord {
  return new PointRecordDecoder().decode(bytes);
}

function parseHeader(text: string): Header {
  const header = parseJson(text) as Partial<Header>;
  if (typeof header.database !== 'string' || typeof header.appendedAtMs !== 'number' || header.identity === undefined) {
    throw new CaveError('invalid_argument', "The point record's header lacks a field.");
  }
  return { ...(header as Header), cluster: header.cluster ?? null };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CaveError('invalid_argument', "The point record's header is not JSON.", { cause });
  }
}
