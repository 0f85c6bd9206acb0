import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { CaveError } from '@cave/core';
import { Type } from '@sinclair/typebox';
import { openApiDocument } from '../http/openapi.js';
import { defineRoute, type RequestFacts, type Reply, type Route } from '../http/route.js';

const tag = 'documentation';
const anyone = { kind: 'anyone' } as const;

/** What the page may load: its own files, and nothing from any other host. */
const CSP = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const FILES: Readonly<Record<string, string>> = {
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'swagger-ui.css': 'text/css; charset=utf-8',
  'favicon-32x32.png': 'image/png',
};

/** `/openapi.json` and `/docs`; describes `routes` and itself. */
export function docsRoutes(routes: readonly Route[], version: string): readonly Route[] {
  const documents = new Map<string, unknown>();
  const own: readonly Route[] = [
    defineRoute({
      method: 'GET', path: '/openapi.json', operationId: 'getOpenApi', tag, access: anyone,
      summary: 'This API as an OpenAPI 3.1 document',
      responses: { 200: { description: 'The document.', schema: Type.Object({ openapi: Type.String() }) } },
      async handle(context) {
        const prefix = prefixOf(context);
        const document = documents.get(prefix) ?? openApiDocument([...routes, ...own], version, prefix === '' ? '/' : prefix);
        documents.set(prefix, document);
        return { status: 200, body: document };
      },
    }),
    defineRoute({
      method: 'GET', path: '/docs', operationId: 'getDocs', tag, access: anyone,
      summary: 'This API as a page to browse',
      responses: { 200: { description: 'The page.', contentType: 'text/html; charset=utf-8', schema: Type.String() } },
      handle: async (context) => asset(page(prefixOf(context)), 'text/html; charset=utf-8'),
    }),
    defineRoute({
      method: 'GET', path: '/docs/{file}', operationId: 'getDocsFile', tag, access: anyone,
      params: { file: 'Name of a file of the page.' },
      summary: 'What the page consists of',
      responses: { 200: { description: 'The file.', contentType: 'text/javascript; charset=utf-8', schema: Type.String() }, 404: { description: 'The page has no such file.' } },
      handle: (context) => file(context.params['file'] ?? '', prefixOf(context)),
    }),
  ];
  return own;
}

/** Path of the base URL: what a proxy puts before the api's paths. */
function prefixOf({ baseUrl }: RequestFacts): string {
  return new URL(baseUrl).pathname.replace(/\/+$/, '');
}

async function file(name: string, prefix: string): Promise<Reply> {
  if (name === 'initializer.js') {
    const script = `window.ui = SwaggerUIBundle({ url: ${JSON.stringify(`${prefix}/openapi.json`)}, dom_id: '#ui', validatorUrl: null, deepLinking: true });\n`;
    return asset(script, 'text/javascript; charset=utf-8');
  }
  const type = Object.hasOwn(FILES, name) ? FILES[name] : undefined;
  if (type === undefined) throw new CaveError('not_found', 'The documentation has no such file.', { reason: 'unknown_route' });
  const directory = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  return asset(await readFile(join(directory, name)), type);
}

function page(prefix: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>CAVE API</title>
<link rel="icon" href="${prefix}/docs/favicon-32x32.png">
<link rel="stylesheet" href="${prefix}/docs/swagger-ui.css">
</head>
<body>
<div id="ui"></div>
<script src="${prefix}/docs/swagger-ui-bundle.js"></script>
<script src="${prefix}/docs/initializer.js"></script>
</body>
</html>
`;
}

function asset(content: string | Buffer, type: string): Reply {
  return { status: 200, body: Buffer.from(content), headers: { 'Content-Type': type, 'Content-Security-Policy': CSP, 'Cache-Control': 'public, max-age=3600', 'X-Frame-Options': 'DENY', 'Referrer-Policy': 'no-referrer' } };
}
