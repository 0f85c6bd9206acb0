import addFormats from 'ajv-formats';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import type { Answered } from './answered.js';

interface Operation {
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, { readonly schema: unknown }>> }>>;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> };
}

/** Holds answers against an OpenAPI document: the status must be listed, type and body must match. */
export class ResponseContract {
  readonly seen = new Set<string>();
  private readonly patterns: readonly { readonly pattern: RegExp; readonly path: string }[];
  private readonly ajv: Ajv2020;
  private readonly validators = new Map<string, ValidateFunction>();

  constructor(private readonly document: Document) {
    this.patterns = Object.keys(document.paths).map((path) => ({ path, pattern: new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}/?$`, 'i') }));
    this.ajv = new Ajv2020({ strict: false, allErrors: true });
    addFormats.default(this.ajv);
    this.ajv.addSchema({ $id: 'openapi', components: document.components });
  }

  check(method: string, target: string, answered: Answered): void {
    const [path = ''] = target.split('?', 1);
    const match = this.patterns.find(({ pattern }) => pattern.test(path));
    const operation = match === undefined ? undefined : this.document.paths[match.path]?.[(method === 'HEAD' ? 'GET' : method).toLowerCase()];
    if (match === undefined || operation === undefined) {
      // Unknown paths and methods are no operations; what they answer is a problem all the same.
      if (answered.status >= 400) this.validate('problem', { $ref: 'openapi#/components/schemas/Problem' }, answered.json, `${method} ${target}`);
      return;
    }
    const key = `${method} ${match.path} ${answered.status}`;
    const response = operation.responses[String(answered.status)];
    if (response === undefined) throw new Error(`${key} is not described: ${answered.text}`);
    this.seen.add(`${method} ${match.path}`);
    const [entry] = Object.entries(response.content ?? {});
    if (entry === undefined) {
      if (answered.text !== '') throw new Error(`${key} should have no body: ${answered.text}`);
      return;
    }
    if (method === 'HEAD') return;
    const [type, { schema }] = entry;
    if (!type.includes('json')) return;
    if (answered.headers['content-type'] !== type) throw new Error(`${key} has the type ${String(answered.headers['content-type'])} instead of ${type}`);
    this.validate(key, JSON.parse(JSON.stringify(schema).replaceAll('"#/components/', '"openapi#/components/')), answered.json, key);
  }

  private validate(id: string, schema: object, value: unknown, what: string): void {
    const validate = this.validators.get(id) ?? this.ajv.compile(schema);
    this.validators.set(id, validate);
    if (!validate(value)) throw new Error(`${what} does not match its schema: ${this.ajv.errorsText(validate.errors)} in ${JSON.stringify(value)}`);
  }
}
