import { readFileSync } from 'node:fs';
import { CaveError } from '@cave/core';
import { parseDocument } from 'yaml';
import type { Layer, RawLayers } from './types.js';

export interface LayerInput {
  /** The file shipped with the service. */
  readonly shipped: string;
  /** `--config`; without it `CAVE_CONFIG` is used. */
  readonly config: string | undefined;
  readonly assignments: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Reads the files. Throws `configuration` for one that cannot be read or is no YAML mapping. */
export function readLayers(input: LayerInput): RawLayers {
  const files = [readYaml(input.shipped, 'shipped', 'shipped defaults')];
  const named = input.config ?? input.environment['CAVE_CONFIG'];
  if (named !== undefined && named !== '') {
    files.push(readYaml(named, 'file', input.config === undefined ? 'CAVE_CONFIG' : '--config'));
  }
  return { files, environment: input.environment, assignments: input.assignments };
}

function readYaml(path: string, layer: Layer, namedBy: string): RawLayers['files'][number] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new CaveError('configuration', `The configuration file ${path} (${namedBy}) cannot be read: ${(error as Error).message}.`, { cause: error });
  }
  const parsed = parseDocument(text);
  const fault = parsed.errors[0];
  if (fault !== undefined) {
    throw new CaveError('configuration', `The configuration file ${path} (${namedBy}) is not valid YAML: ${fault.message.split('\n')[0] ?? ''}`, { cause: fault });
  }
  const document = parsed.toJS() as unknown;
  if (document !== null && (typeof document !== 'object' || Array.isArray(document))) {
    throw new CaveError('configuration', `The configuration file ${path} (${namedBy}) must be a mapping of keys to values.`);
  }
  return { source: { layer, text: layer === 'shipped' ? `shipped file ${path}` : `file ${path}` }, document: document ?? {} };
}
