import { CaveError } from '@cave/core';
import type { TSchema } from '@sinclair/typebox';
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { fieldErrors, type FieldError } from './problem.js';

const MAX_ERRORS = 100;
const MAX_PARAMETERS = 64;
const MAX_PARAMETER_LENGTH = 4096;

/** Checks a part of a request, or throws 400 with the path of every wrong field. */
export type Check = (value: unknown) => void;

/** Compiles TypeBox schemas. Bodies are taken as they are; query texts become the numbers and booleans their schema names. */
export class Validators {
  private readonly bodies = newAjv(false);
  private readonly queries = newAjv(true);

  body(schema: TSchema): Check {
    return check('body', this.bodies.compile(schema));
  }

  query(schema: TSchema): Check {
    return check('query', this.queries.compile(schema));
  }
}

function newAjv(coerceTypes: boolean): Ajv2020 {
  const ajv = new Ajv2020({ allErrors: true, strict: true, strictTypes: false, coerceTypes, useDefaults: coerceTypes, verbose: false });
  // ajv-formats is CommonJS: its function hides behind `default` under NodeNext.
  addFormats.default(ajv, ['date-time', 'email', 'uri']);
  return ajv;
}

function check(part: 'body' | 'query', validate: ValidateFunction): Check {
  return (value) => {
    if (validate(value)) return;
    const errors = validate.errors ?? [];
    throw fieldErrors(errors.slice(0, MAX_ERRORS).map((error) => toFieldError(part, error)));
  };
}

function toFieldError(part: 'body' | 'query', error: ErrorObject): FieldError {
  const params = error.params as Record<string, unknown>;
  switch (error.keyword) {
    case 'required':
      return { in: part, path: `${error.instancePath}/${escape(String(params['missingProperty']))}`, message: 'is missing' };
    case 'additionalProperties':
      return { in: part, path: `${error.instancePath}/${escape(String(params['additionalProperty']))}`, message: 'is not known here' };
    case 'enum':
      return { in: part, path: error.instancePath, message: `must be one of ${(params['allowedValues'] as readonly unknown[]).join(', ')}` };
    case 'const':
      return { in: part, path: error.instancePath, message: `must be ${String(params['allowedValue'])}` };
    default:
      return { in: part, path: error.instancePath, message: error.message ?? 'is not valid' };
  }
}

function escape(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** The query of a request URL as an object without prototype; a parameter given twice is refused. */
export function parseQuery(url: string): Record<string, string> {
  const at = url.indexOf('?');
  const query = Object.create(null) as Record<string, string>;
  if (at < 0) return query;
  const text = url.slice(at + 1);
  if (/%(?![0-9a-fA-F]{2})/.test(text)) {
    throw new CaveError('invalid_argument', 'The query holds a "%" that is not followed by two hexadecimal digits; write it as %25.', { reason: 'invalid_request' });
  }
  let count = 0;
  for (const [name, value] of new URLSearchParams(text)) {
    count += 1;
    if (count > MAX_PARAMETERS) throw new CaveError('invalid_argument', `The query has more than ${MAX_PARAMETERS} parameters.`, { reason: 'invalid_request' });
    const path = `/${escape(name.slice(0, 100))}`;
    if (value.length > MAX_PARAMETER_LENGTH) throw fieldErrors([{ in: 'query', path, message: `is longer than ${MAX_PARAMETER_LENGTH} characters` }]);
    if (name in query) throw fieldErrors([{ in: 'query', path, message: 'is given more than once' }]);
    query[name] = value;
  }
  return query;
}
