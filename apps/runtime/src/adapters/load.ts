import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { isAbsolute, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { CaveError, type AdapterDefinition, type PortName } from '@cave/core';
import { suggestion } from '../configuration/names.js';
import { BUILT_IN } from './built-in.js';

export interface LoadedAdapter<P extends PortName = PortName> {
  readonly definition: AdapterDefinition<P, Readonly<Record<string, unknown>>>;
  /** As configuration names it. */
  readonly chosen: string;
  readonly builtIn: boolean;
}

/**
 * Loads one adapter: a built-in name, an npm package, or a file (a path that contains a
 * slash or ends in .js, .mjs or .cjs; relative to the working directory). All three go
 * through the same import and the same checks. `setting` says where the choice was made.
 * Throws `configuration`.
 */
export async function loadAdapter<P extends PortName>(port: P, name: string, setting: string): Promise<LoadedAdapter<P>> {
  const builtIn = BUILT_IN[port][name];
  const specifier = builtIn ?? pluginSpecifier(port, name, setting);
  let module: { readonly default?: unknown };
  try {
    module = (await import(specifier)) as { readonly default?: unknown };
  } catch (error) {
    throw new CaveError('configuration', `${setting} names the adapter "${name}", which cannot be loaded: ${(error as Error).message}`, { cause: error });
  }
  return { definition: checked(module.default, port, name, setting), chosen: name, builtIn: builtIn !== undefined };
}

function pluginSpecifier(port: PortName, name: string, setting: string): string {
  const choice = `${setting} names the ${port} adapter "${name}"`;
  if (isAbsolute(name) || name.includes('\\') || name.startsWith('.') || /\.[cm]?js$/.test(name)) {
    const path = resolve(name);
    if (!existsSync(path)) throw new CaveError('configuration', `${choice}, and there is no file ${path}.`);
    return pathToFileURL(path).href;
  }
  // A package is looked for where CAVE was started, then beside CAVE itself.
  for (const base of [resolve('package.json'), fileURLToPath(import.meta.url)]) {
    const found = resolvePackage(name, base);
    if (found !== undefined) return found;
  }
  const known = Object.keys(BUILT_IN[port]);
  throw new CaveError('configuration', `${choice}; there is no such built-in adapter (${known.join(', ')}) and no such package is installed.${suggestion(name, known)}`);
}

function resolvePackage(name: string, base: string): string | undefined {
  try {
    return pathToFileURL(createRequire(base).resolve(name)).href;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    // A package that only exports `import` is found, but not by require's conditions.
    if (code === 'ERR_PACKAGE_PATH_NOT_EXPORTED') return name;
    return undefined;
  }
}

function checked<P extends PortName>(candidate: unknown, port: P, name: string, setting: string): AdapterDefinition<P, Readonly<Record<string, unknown>>> {
  const definition = candidate as Partial<AdapterDefinition<P, Readonly<Record<string, unknown>>>> | undefined;
  if (typeof definition !== 'object' || definition === null || typeof definition.create !== 'function' || typeof definition.options !== 'object' || typeof definition.name !== 'string') {
    throw new CaveError('configuration', `${setting} names "${name}", whose default export is not an adapter made by defineAdapter.`);
  }
  if (definition.port !== port) {
    throw new CaveError('configuration', `${setting} names "${name}", which is an adapter for the ${String(definition.port)} port, not for ${port}.`);
  }
  return definition as AdapterDefinition<P, Readonly<Record<string, unknown>>>;
}
