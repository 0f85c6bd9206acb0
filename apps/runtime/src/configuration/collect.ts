import { readFileSync } from 'node:fs';
import { coerceText } from './coerce.js';
import { environmentNames, type KnownKey } from './known-keys.js';
import { FOREIGN_VARIABLES, ROOT_KEYS, environmentName, joinKey, suggestion } from './names.js';
import type { RawLayers, Source } from './types.js';

/** A value that somebody wrote under a known key. */
export interface Given {
  readonly key: string;
  readonly value: unknown;
  readonly source: Source;
}

export interface Collected {
  /** In order of strength, the strongest last. */
  readonly given: readonly Given[];
  readonly problems: readonly string[];
}

/** Kubernetes puts such names into every container for each of its Services. */
const KUBERNETES_SERVICE_LINK = /_(?:SERVICE_HOST|SERVICE_PORT(?:_\w+)?|HOST|PORT(?:_\d+_(?:TCP|UDP)\w*)?)$/;

/**
 * Matches what people wrote with the keys that exist. `tolerated` says of an unknown key that
 * it belongs to something which this process does not run, so that one file can serve all.
 */
export function collect(raw: RawLayers, known: ReadonlyMap<string, KnownKey>, tolerated: (key: string) => boolean): Collected {
  const given: Given[] = [];
  const problems: string[] = [];
  const names = [...known.keys()];
  const unknown = (key: string, source: Source): void => {
    if (!tolerated(key)) problems.push(`"${key}" (${source.text}) is not a setting.${suggestion(key, names)}`);
  };

  for (const { source, document } of raw.files) {
    for (const [key, value] of leaves('', document, known)) {
      if (known.has(key)) given.push({ key, value, source });
      else unknown(key, source);
    }
  }
  readEnvironment(raw.environment, known, tolerated, given, problems);
  for (const assignment of raw.assignments) {
    const source: Source = { layer: 'argument', text: `--set ${assignment.split('=')[0] ?? ''}` };
    const at = assignment.indexOf('=');
    if (at <= 0) {
      problems.push(`--set takes key=value; "${assignment}" has no "=".`);
      continue;
    }
    const key = assignment.slice(0, at);
    const schema = known.get(key)?.schema;
    if (schema === undefined) unknown(key, source);
    else given.push({ key, value: coerceText(assignment.slice(at + 1), schema), source });
  }
  return { given, problems };
}

/** Keys and values of a YAML tree; a mapping under a known key is that key's value. */
function leaves(prefix: string, node: unknown, known: ReadonlyMap<string, KnownKey>): (readonly [string, unknown])[] {
  const isMapping = typeof node === 'object' && node !== null && !Array.isArray(node);
  if (prefix !== '' && (!isMapping || known.has(prefix))) return [[prefix, node]];
  if (!isMapping) return [];
  return Object.entries(node).flatMap(([name, value]) =>
    // An empty section of a file (`adapters:` with all lines commented out) says nothing.
    value === null && !known.has(joinKey(prefix, name)) ? [] : leaves(joinKey(prefix, name), value, known));
}

function readEnvironment(environment: RawLayers['environment'], known: ReadonlyMap<string, KnownKey>, tolerated: (key: string) => boolean, given: Given[], problems: string[]): void {
  const byName = environmentNames(known);
  const ours = ROOT_KEYS.map((root) => [root, `${environmentName(root)}_`] as const);
  for (const [variable, text] of Object.entries(environment)) {
    if (text === undefined) continue;
    const named = byName.get(variable);
    if (named !== undefined) {
      given.push({ key: named, value: coerceText(text, schemaOf(known, named)), source: { layer: 'environment', text: `environment variable ${variable}` } });
      continue;
    }
    const base = variable.endsWith('_FILE') ? variable.slice(0, -'_FILE'.length) : undefined;
    const fileKey = base === undefined ? undefined : byName.get(base);
    if (base !== undefined && fileKey !== undefined) {
      const source: Source = { layer: 'environment', text: `file ${text} named by environment variable ${variable}` };
      if (environment[base] !== undefined) problems.push(`${base} and ${variable} are both set; keep one of them.`);
      try {
        // The newline that editors and `echo` leave at the end is not part of a secret.
        given.push({ key: fileKey, value: coerceText(readFileSync(text, 'utf8').replace(/\r?\n$/, ''), schemaOf(known, fileKey)), source });
      } catch (error) {
        problems.push(`"${fileKey}": the ${source.text} cannot be read: ${(error as Error).message}.`);
      }
      continue;
    }
    const root = ours.find(([, start]) => variable.startsWith(start))?.[0];
    if (root === undefined) continue;
    if (environment['KUBERNETES_SERVICE_HOST'] !== undefined && KUBERNETES_SERVICE_LINK.test(variable)) continue;
    if (FOREIGN_VARIABLES.has(variable) || tolerated(variable)) continue;
    problems.push(`The environment variable ${variable} is not a setting.${suggestion(variable, [...byName.keys()])}`);
  }
}

function schemaOf(known: ReadonlyMap<string, KnownKey>, key: string): KnownKey['schema'] {
  const entry = known.get(key);
  if (entry === undefined) throw new Error(`"${key}" must be a known key here`);
  return entry.schema;
}
