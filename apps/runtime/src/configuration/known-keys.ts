import type { OptionSchema } from '@cave/core';
import { ALIASES } from './aliases.js';
import { ROOT_KEYS, environmentName, joinKey } from './names.js';
import type { SettingGroup } from './types.js';

/** One option that a written key sets. */
export interface Target {
  readonly group: SettingGroup;
  readonly option: string;
  /** How specific the key is: the index in the group's `scopes`; beyond them for a name that only stands in. */
  readonly scope: number;
  /** The vendor-neutral spelling of the key in this scope. */
  readonly canonical: string;
}

export interface KnownKey {
  readonly schema: OptionSchema;
  readonly targets: readonly Target[];
}

/** Every key that may be written, canonical or alias, and what it sets. */
export function knownKeys(groups: readonly SettingGroup[]): ReadonlyMap<string, KnownKey> {
  const known = new Map<string, { schema: OptionSchema; targets: Target[] }>();
  const add = (key: string, schema: OptionSchema, target: Target): void => {
    const entry = known.get(key);
    if (entry === undefined) known.set(key, { schema, targets: [target] });
    else entry.targets.push(target);
  };
  for (const group of groups) {
    for (const [option, schema] of Object.entries(group.schema.properties)) {
      group.scopes.forEach((prefixes, scope) => {
        for (const prefix of prefixes) {
          const canonical = joinKey(prefix, option);
          add(canonical, schema, { group, option, scope, canonical });
        }
      });
    }
  }
  for (const { alias, of, standsInFor, rank } of aliasKeys()) {
    for (const canonical of of) {
      const meant = known.get(canonical);
      if (meant !== undefined) for (const target of meant.targets) add(alias, meant.schema, target);
    }
    for (const canonical of standsInFor) {
      const meant = known.get(canonical);
      if (meant !== undefined) for (const target of meant.targets) add(alias, meant.schema, { ...target, scope: target.scope + rank * target.group.scopes.length });
    }
  }
  return known;
}

export interface AliasKey {
  readonly alias: string;
  readonly of: readonly string[];
  readonly standsInFor: readonly string[];
  /** From 1; the smaller stands in first. */
  readonly rank: number;
}

/** Aliases as full keys, below each root key and at the top level. */
export function aliasKeys(): readonly AliasKey[] {
  return ['', ...ROOT_KEYS].flatMap((root) => {
    const below = (keys: readonly string[] = []): readonly string[] => keys.map((key) => joinKey(root, key));
    return ALIASES.map(({ alias, of, standsInFor }, index) => ({ alias: joinKey(root, alias), of: below(of), standsInFor: below(standsInFor), rank: index + 1 }));
  });
}

/** Environment variable → key, for every known key. */
export function environmentNames(known: ReadonlyMap<string, KnownKey>): ReadonlyMap<string, string> {
  return new Map([...known.keys()].map((key) => [environmentName(key), key]));
}
