// The types of the api's requests and answers, as the web client sees them: made of the
// document that a running api serves, so that the client's contract is the one that validates.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import openapiTS, { astToString } from 'openapi-typescript';
import { ROOT } from '../lib/ready.mjs';

export const CONTRACT = join(ROOT, 'apps/www/ui/src/api/contract.ts');

const PREFACE = `// Made by \`npm run contract\` from the api's OpenAPI document; a test fails when it is stale.
`;

/** The contract as it should be, from a real api on a directory of its own. */
export async function currentContract() {
  const directory = mkdtempSync(join(tmpdir(), 'cave-contract-'));
  const child = spawn(process.execPath, [join(ROOT, 'apps/api/dist/src/main.js'), '--set', `data-dir=${directory}`, '--set', 'api-service.http.port=0'], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const response = await fetch(`${await listening(child)}/openapi.json`);
    if (!response.ok) throw new Error(`/openapi.json answered ${response.status}.`);
    return PREFACE + astToString(await openapiTS(asTheClientSeesIt(await response.json()), { defaultNonNullable: false }));
  } finally {
    const ended = child.exitCode === null ? new Promise((resolve) => child.once('exit', resolve)) : Promise.resolve();
    child.kill();
    await ended;
    rmSync(directory, { recursive: true, force: true });
  }
}

const ORGANIZATION = '/organizations/{organization}';
const TEAM = `${ORGANIZATION}/teams/{team}`;
/** Served to others than people at the web UI. */
const NOT_FOR_PEOPLE = /^\/(?:docs|openapi|_internal_\/reset)/;

/**
 * Routes that organizations and teams have alike stand once, as `/{tenant}/…`, without the
 * parameters that name the tenant. Answers that are problems look the same everywhere and are left out.
 */
function asTheClientSeesIt({ paths, components, ...document }) {
  const seen = {};
  for (const [path, operations] of Object.entries(paths)) {
    const isByHost = !path.startsWith('/organizations') && `${ORGANIZATION}${path}` in paths;
    if (NOT_FOR_PEOPLE.test(path) || isByHost || path.startsWith(`${TEAM}/`)) continue;
    const shared = path.startsWith(`${ORGANIZATION}/`) && path.replace(ORGANIZATION, TEAM) in paths;
    const kept = Object.entries(operations).map(([method, operation]) => [method, simplified(operation, shared)]);
    seen[shared ? path.replace(ORGANIZATION, '/{tenant}') : path] = Object.fromEntries(kept);
  }
  return { ...document, paths: seen, components: { schemas: components.schemas } };
}

function simplified({ summary, parameters, requestBody, responses }, shared) {
  return {
    summary,
    parameters: shared ? parameters.filter(({ name }) => name !== 'organization') : parameters,
    ...(requestBody === undefined ? {} : { requestBody }),
    responses: Object.fromEntries(Object.entries(responses).filter(([status]) => Number(status) < 400)),
  };
}

async function listening(child) {
  for await (const line of createInterface({ input: child.stdout })) {
    const { event, url } = line.startsWith('{') ? JSON.parse(line) : {};
    if (event === 'listening') return url;
  }
  throw new Error('The api ended before it listened; its last words are above.');
}
