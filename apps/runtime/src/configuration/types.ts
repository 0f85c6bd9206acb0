import type { OptionsSchema } from '@cave/core';
import type { Demand } from '../adapters/profiles.js';

/** Where a value came from, from the weakest to the strongest. */
export type Layer = 'default' | 'shipped' | 'file' | 'environment' | 'argument';

export interface Source {
  readonly layer: Layer;
  /** For people: `environment variable API_SERVICE_HTTP_PORT`, `file conf/my.yaml`, … */
  readonly text: string;
}

/**
 * Settings that are validated together by one schema: the top level, one service's own, or
 * one adapter's options. Option `o` of a group may be written as `<prefix>.<o>` for each
 * prefix (as `o` alone where the prefix is empty). Earlier prefixes are more specific and
 * win; those of one rank (`scopes[i]`) must not contradict each other.
 */
export interface SettingGroup {
  readonly id: string;
  readonly scopes: readonly (readonly string[])[];
  readonly schema: OptionsSchema;
  /** Values that stand in for an option that nobody gave, with where they come from. */
  readonly inherited?: Readonly<Record<string, { readonly value: unknown; readonly text: string }>>;
  /** Options that must be given although the schema has a default, and who says so. */
  readonly demanded?: { readonly by: string; readonly demands: readonly Demand[] };
}

/** What people gave, before anything is known about which keys exist. */
export interface RawLayers {
  readonly files: readonly { readonly source: Source; readonly document: unknown }[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** `--set key=value`, in order. */
  readonly assignments: readonly string[];
}

/** One effective value. */
export interface Entry {
  readonly key: string;
  readonly value: unknown;
  readonly source: Source;
  readonly secret: boolean;
}

export interface Resolution {
  /** Validated options by group id, defaults filled in; absent for a group with problems. */
  readonly groups: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
  readonly entries: readonly Entry[];
  /** One sentence each. Empty: the configuration stands. */
  readonly problems: readonly string[];
}
