import { isDeepStrictEqual } from 'node:util';
import { aliasOf } from './aliases.js';
import { collect, type Given } from './collect.js';
import { knownKeys } from './known-keys.js';
import { joinKey } from './names.js';
import type { Entry, RawLayers, Resolution, SettingGroup, Source } from './types.js';
import { validateOptions } from './validate.js';

const DEFAULT: Source = { layer: 'default', text: 'default' };

interface Candidate {
  readonly given: Given;
  readonly scope: number;
  readonly canonical: string;
}

/**
 * Turns what people wrote into one validated value for each option. The more specific scope
 * wins over the more general, and within a scope the stronger layer (argument, environment,
 * file, shipped file). Every fault is told, none is hidden behind another.
 */
export function resolve(raw: RawLayers, groups: readonly SettingGroup[], tolerated: (key: string) => boolean): Resolution {
  const known = knownKeys(groups);
  const collected = collect(raw, known, tolerated);
  const problems = [...collected.problems];
  const candidates = new Map<string, Candidate[]>();
  for (const given of collected.given) {
    for (const target of known.get(given.key)?.targets ?? []) {
      const slot = JSON.stringify([target.group.id, target.option]);
      const list = candidates.get(slot) ?? [];
      list.push({ given, scope: target.scope, canonical: target.canonical });
      candidates.set(slot, list);
    }
  }

  const validated = new Map<string, Readonly<Record<string, unknown>>>();
  const entries = new Map<string, Entry>();
  for (const group of groups) {
    const options: Record<string, unknown> = {};
    const origin = new Map<string, { readonly key: string; readonly source: Source }>();
    const main = group.scopes[0]?.[0] ?? '';
    for (const option of Object.keys(group.schema.properties)) {
      const chosen = choose(candidates.get(JSON.stringify([group.id, option])) ?? [], problems);
      const inherited = group.inherited?.[option];
      if (chosen !== undefined) {
        options[option] = structuredClone(chosen.given.value);
        origin.set(option, { key: chosen.given.key, source: chosen.given.source });
      } else if (inherited !== undefined) {
        options[option] = inherited.value;
        origin.set(option, { key: joinKey(main, option), source: { layer: 'default', text: inherited.text } });
      }
    }
    const absent = demandedAndNotGiven(group, options);
    problems.push(...absent.values());
    const faults = validateOptions(options, group.schema).filter(({ option }) => !absent.has(option));
    for (const { option, text } of faults) {
      const from = origin.get(option);
      problems.push(from === undefined ? `"${joinKey(main, option)}" ${text}.` : `"${from.key}" (${from.source.text}) ${text}.`);
    }
    if (faults.length === 0 && absent.size === 0) validated.set(group.id, options);
    for (const [option, value] of Object.entries(options)) {
      const from = origin.get(option) ?? { key: joinKey(main, option), source: DEFAULT };
      const secret = group.schema.properties[option]?.['x-secret'] === true;
      const entry = entries.get(from.key);
      if (entry === undefined || (!entry.secret && secret)) entries.set(from.key, { key: from.key, value, source: from.source, secret });
    }
  }
  return { groups: validated, entries: [...entries.values()].sort((a, b) => (a.key < b.key ? -1 : 1)), problems: [...new Set(problems)] };
}

/** Options that are missing, with a sentence for each. To be called before defaults are filled in. */
function demandedAndNotGiven({ demanded, scopes }: SettingGroup, options: Readonly<Record<string, unknown>>): ReadonlyMap<string, string> {
  if (demanded === undefined) return new Map();
  const absent = demanded.demands.filter(({ option, unless }) => options[option] === undefined && (unless === undefined || options[unless] === undefined));
  return new Map(
    absent.map(({ option }) => {
      // Whoever configures by the first CAVE's names is told of those.
      const alias = aliasOf(joinKey(scopes.at(-1)?.[0] ?? '', option));
      return [option, `"${joinKey(scopes[0]?.[0] ?? '', option)}"${alias === undefined ? '' : ` (${alias})`} is required ${demanded.by} and was not given.`];
    }),
  );
}

/** The value that counts among all that were written for one option. */
function choose(candidates: readonly Candidate[], problems: string[]): Candidate | undefined {
  const scope = Math.min(...candidates.map((candidate) => candidate.scope));
  const inScope = candidates.filter((candidate) => candidate.scope === scope);
  // The strongest layer of each spelling; then spellings must agree, shipped defaults apart.
  const spellings = [...new Map(inScope.map((candidate) => [candidate.given.key, candidate])).values()];
  const written = spellings.filter((candidate) => candidate.given.source.layer !== 'shipped');
  const [first, ...others] = written;
  for (const other of others) {
    if (first === undefined || isDeepStrictEqual(first.given.value, other.given.value)) continue;
    const why = first.canonical === other.canonical ? 'are two names of one setting' : 'configure one adapter that the services of this process share';
    problems.push(`"${first.given.key}" (${first.given.source.text}) and "${other.given.key}" (${other.given.source.text}) ${why} and have different values; keep one of them.`);
  }
  return written.find((candidate) => candidate.given.key === candidate.canonical) ?? first ?? spellings.at(-1);
}
