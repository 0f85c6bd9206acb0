import { closest, distance } from 'fastest-levenshtein';

/** First parts of keys that belong to a service. */
export const ROOT_KEYS = ['api-service', 'db-writer', 'scheduler', 'worker', 'www'] as const;

/**
 * These two would be `PROFILE` and `DATA_DIR` by the general rule, names that other programs
 * set for purposes of their own; a foreign value must not change how CAVE starts.
 */
const PREFIXED: Readonly<Record<string, string>> = { profile: 'CAVE_PROFILE', 'data-dir': 'CAVE_DATA_DIR' };

/** Variables that look like settings of a service and are other programs': browsers of the terminal keep their first page in this one. */
export const FOREIGN_VARIABLES: ReadonlySet<string> = new Set(['WWW_HOME']);

/** The environment variable of a key: `api-service.aws.rds.database-user` is `API_SERVICE_AWS_RDS_DATABASE_USER`. */
export function environmentName(key: string): string {
  return PREFIXED[key] ?? key.replaceAll(/[.-]/g, '_').toUpperCase();
}

/** `prefix.option`, or `option` where the prefix is empty. */
export function joinKey(prefix: string, option: string): string {
  return prefix === '' ? option : `${prefix}.${option}`;
}

/** ` Did you mean "…"?` when a known name is near enough to be what was meant, else nothing. */
export function suggestion(wrong: string, known: readonly string[]): string {
  if (known.length === 0) return '';
  const nearest = closest(wrong, known);
  return distance(wrong, nearest) <= Math.max(3, Math.ceil(wrong.length / 2.5)) ? ` Did you mean "${nearest}"?` : '';
}
