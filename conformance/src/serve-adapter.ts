/* Run as a process of its own: serves the adapter that a module exports over IPC until it is killed. */
import type { AdapterDefinition } from '@cave/core';
import { testContext } from './context.js';
import { serveDriver } from './remote.js';

const [module, options] = process.argv.slice(2);
if (module === undefined || options === undefined) throw new Error('usage: serve-adapter <module> <options as JSON>');
const { default: definition } = (await import(module)) as { readonly default: AdapterDefinition };
await serveDriver(definition.create(JSON.parse(options), testContext()));
