import type { AdapterContext, AdapterDefinition, PortName, PortTypes } from '@cave/core';

/** A driver with its schema's defaults filled in, as the runtime would make it. */
export function createAdapter<P extends PortName, O>(definition: AdapterDefinition<P, O>, options: Readonly<Record<string, unknown>>, context: AdapterContext): PortTypes[P]['driver'] {
  const defaults = Object.entries(definition.options.properties).flatMap(([name, schema]) => (schema.default === undefined ? [] : [[name, schema.default] as const]));
  return definition.create({ ...Object.fromEntries(defaults), ...options } as O, context);
}
