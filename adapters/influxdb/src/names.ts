import { CaveError } from '@cave/core';

/*
 * How names that tenants choose appear in InfluxDB. What InfluxDB cannot hold or would take for
 * something else is written as `%` and two hexadecimal digits (`%u` and four for half of a
 * surrogate pair, which has no UTF-8 form); everything else stays as it is, so that people who
 * look at the database with other tools still read it. The text is never the same for two names.
 *
 * - `\` is no escape for itself in line protocol: a value that ends in it would swallow the
 *   comma or space behind it. So it never gets there, nor into a quoted identifier.
 * - A newline ends a line even where it is escaped; other control characters come with it.
 * - An empty value cannot be written, and compared with '' a tag that nobody has matches all
 *   series. Empty text is a lone `%`, which no other text becomes.
 */
// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const UNSAFE = /[\u0000-\u001f\u007f\\%]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
const EMPTY = '%';
const ESCAPED = /%(?:u([0-9A-F]{4})|([0-9A-F]{2}))/g;
/** `time` is the point's time whatever its case; `value` is CAVE's field; InfluxDB's own names begin with `_`. */
const RESERVED_KEY = /^(?:time$|value$|_)/i;

function percent(character: string): string {
  const code = character.charCodeAt(0);
  const hex = code.toString(16).toUpperCase();
  return code < 0x80 ? `%${hex.padStart(2, '0')}` : `%u${hex.padStart(4, '0')}`;
}

function encodeText(text: string): string {
  return text === '' ? EMPTY : text.replace(UNSAFE, percent);
}

/** A metric's name as the name of a measurement; a line that begins with `#` would be a comment. */
export function encodeMetric(name: string): string {
  return encodeText(name).replace(/^#/, percent);
}

/** A tag's key. Without comma, space and equals sign, so that keys sort alike escaped or not. */
export function encodeTagKey(key: string): string {
  return encodeText(key).replace(/[ ,=]/g, percent).replace(RESERVED_KEY, (reserved) => percent(reserved) + reserved.slice(1));
}

export function encodeTagValue(value: string): string {
  return encodeText(value);
}

/** The inverse of all three. */
export function decodeName(text: string): string {
  if (text === EMPTY) return '';
  return text.replace(ESCAPED, (_, four: string | undefined, two: string | undefined) => String.fromCharCode(parseInt(four ?? two ?? '', 16)));
}

/** Directory names end at 255 bytes; beside the name stand the operator's prefix and InfluxDB's own suffixes. */
const MAX_DATABASE_BYTES = 200;

/** A database's name: it becomes a directory, so only what every file system and URL takes stays as it is. */
export function encodeDatabase(prefix: string, name: string): string {
  let encoded = prefix;
  for (const byte of Buffer.from(name)) {
    const character = String.fromCharCode(byte);
    encoded += /[A-Za-z0-9._-]/.test(character) ? character : percent0(byte);
  }
  if (encoded.length > MAX_DATABASE_BYTES) throw new CaveError('invalid_argument', `The name of the database "${name.slice(0, 40)}…" is too long for InfluxDB.`);
  return encoded;
}

function percent0(byte: number): string {
  return `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
}

/** Where CAVE keeps what concerns all databases; `~` is in the name of no other, because it is written as `%7E` there. */
export function metaDatabase(prefix: string): string {
  return `${prefix}~meta`;
}

/** An InfluxQL identifier. */
export function quoteIdentifier(name: string): string {
  return `"${name.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n')}"`;
}

/** Line protocol's own escapes; the text holds no backslash. */
export function escapeMeasurement(encoded: string): string {
  return encoded.replace(/[, ]/g, '\\$&');
}

export function escapeTag(encoded: string): string {
  return encoded.replace(/[,= ]/g, '\\$&');
}
