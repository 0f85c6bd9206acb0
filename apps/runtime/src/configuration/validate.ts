import type { OptionsSchema } from '@cave/core';
import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { suggestion } from './names.js';

// strictTypes off: plugins may combine keywords freely; unknown keywords are still refused,
// `x-secret` being the one that CAVE adds.
const ajv = new Ajv2020({ allErrors: true, useDefaults: true, strictTypes: false });
ajv.addKeyword('x-secret');
formats.default(ajv);

export interface Fault {
  /** The option at fault; for an unknown or missing one its name. */
  readonly option: string;
  /** What is wrong, to be put behind the option's name and source. */
  readonly text: string;
}

/**
 * Checks options against an adapter's or service's schema and fills in defaults (in place).
 * Unknown options are faults whatever the schema says about additional properties.
 */
export function validateOptions(options: Record<string, unknown>, schema: OptionsSchema): readonly Fault[] {
  const check = ajv.compile({ ...schema, additionalProperties: false });
  if (check(options)) return [];
  const faults = (check.errors ?? []).map((error) => fault(error, schema));
  // anyOf and the like report each branch; the first says enough.
  return faults.filter((one, index) => faults.findIndex((other) => other.option === one.option) === index);
}

function fault(error: ErrorObject, schema: OptionsSchema): Fault {
  const params = error.params as Record<string, unknown>;
  const [option = '', ...inner] = error.instancePath.split('/').slice(1).map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  if (option === '' && error.keyword === 'required') return { option: String(params['missingProperty']), text: 'is required and was not given' };
  if (option === '' && error.keyword === 'additionalProperties') {
    const name = String(params['additionalProperty']);
    return { option: name, text: `is not an option here.${suggestion(name, Object.keys(schema.properties))}` };
  }
  const where = inner.length === 0 ? '' : ` at ${inner.join('.')}`;
  const allowed = error.keyword === 'enum' ? `: ${(params['allowedValues'] as unknown[]).join(', ')}` : '';
  return { option, text: `${error.message ?? 'is not valid'}${allowed}${where}` };
}
