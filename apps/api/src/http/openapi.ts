import { STATUS_CODES } from 'node:http';
import type { TSchema } from '@sinclair/typebox';
import { ProblemSchema } from './problem.js';
import type { Access, ResponseDefinition, Route } from './route.js';

type Json = Record<string, unknown>;

/** The OpenAPI 3.1 document of these routes, made from the schemas that validate requests. `serverUrl` may be relative. */
export function openApiDocument(routes: readonly Route[], version: string, serverUrl: string): Json {
  const components = new Components();
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    const item = (paths[route.path] ??= {});
    item[route.method.toLowerCase()] = operation(route, components);
  }
  const tags = [...new Set(routes.map((route) => route.tag))].map((name) => ({ name }));
  return {
    openapi: '3.1.0',
    info: {
      title: 'CAVE',
      version,
      description: 'Metrics and alerting for many tenants. Errors are RFC 9457 problem details with a stable `code`.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: serverUrl }],
    tags,
    paths,
    components: {
      schemas: components.schemas,
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'A session token (user routes), a tenant token (publishing), or the operator token.' },
        basic: { type: 'http', scheme: 'basic', description: 'The token as user name, with an empty password.' },
      },
    },
  };
}

/** Schemas with an `$id` are listed once and referred to. */
class Components {
  readonly schemas: Json = {};

  place(schema: TSchema): unknown {
    return this.walk(schema);
  }

  private walk(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((item) => this.walk(item));
    if (typeof value !== 'object' || value === null) return value;
    const { $id, ...rest } = value as Json;
    const copy: Json = {};
    for (const [key, item] of Object.entries(rest)) copy[key] = this.walk(item);
    if (typeof $id !== 'string') return copy;
    this.schemas[$id] = copy;
    return { $ref: `#/components/schemas/${$id}` };
  }
}

function operation(route: Route, components: Components): Json {
  const responses: Json = {};
  for (const [status, response] of Object.entries(route.responses)) responses[status] = responseObject(Number(status), response, components);
  for (const status of impliedErrors(route)) responses[status] ??= responseObject(status, { description: STATUS_CODES[status] ?? 'Error', schema: ProblemSchema }, components);
  return {
    operationId: route.operationId,
    tags: [route.tag],
    summary: route.summary,
    description: accessSentence(route.access),
    ...(route.access.kind === 'anyone' ? { security: [] } : { security: [{ bearer: [] }, { basic: [] }] }),
    parameters: [...pathParameters(route), ...queryParameters(route, components)],
    ...(route.body === undefined ? {} : { requestBody: { required: true, content: { 'application/json': { schema: components.place(route.body) } } } }),
    responses,
  };
}

function responseObject(status: number, response: ResponseDefinition, components: Components): Json {
  const type = response.contentType ?? (status >= 400 ? 'application/problem+json' : 'application/json');
  const headers = Object.fromEntries(Object.entries(response.headers ?? {}).map(([name, description]) => [name, { description, schema: { type: 'string' } }]));
  const schema = response.schema ?? (status >= 400 ? ProblemSchema : undefined);
  return {
    description: response.description,
    ...(Object.keys(headers).length === 0 ? {} : { headers }),
    ...(schema === undefined ? {} : { content: { [type]: { schema: components.place(schema) } } }),
  };
}

/** Statuses that the server itself can answer on this route. */
export function impliedErrors(route: Route): readonly number[] {
  const errors = new Set([400, 403, 500, 503]);
  if (route.access.kind !== 'anyone') errors.add(401).add(429);
  if (route.tenant !== null) errors.add(404);
  if (route.body !== undefined) errors.add(413).add(415);
  return [...errors].sort((a, b) => a - b);
}

function accessSentence(access: Access): string {
  switch (access.kind) {
    case 'anyone': return 'Open to anyone.';
    case 'user': return 'Needs a session token.';
    case 'role': return `Needs a session token of a user with at least the role \`${access.role}\` on the tenant.`;
    case 'tenant_token': return 'Needs a token of the tenant; a token of an organization also serves its teams.';
    case 'operator': return 'Needs the operator token; where none is configured, answers on loopback only.';
  }
}

const NAMES: Readonly<Record<string, string>> = {
  organization: 'Name of the organization.',
  team: 'Name of the team.',
};

function pathParameters(route: Route): readonly Json[] {
  return [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    description: route.params?.[name ?? ''] ?? NAMES[name ?? ''] ?? '',
    schema: { type: 'string' },
  }));
}

function queryParameters(route: Route, components: Components): readonly Json[] {
  const properties = (route.query?.['properties'] ?? {}) as Readonly<Record<string, TSchema>>;
  const required = new Set((route.query?.['required'] ?? []) as readonly string[]);
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.has(name),
    ...(schema.description === undefined ? {} : { description: schema.description }),
    schema: components.place(schema),
  }));
}
