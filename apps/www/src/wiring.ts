import { fileURLToPath } from 'node:url';
import type { RunningService, ServiceContext, ServiceDefinition } from '@cave/app-runtime';
import { ApiClient } from './api-client.js';
import { ApiProxy } from './api-proxy.js';
import { ClientFiles } from './client-files.js';
import { publicApiUrl } from './public-api-url.js';
import { createWww } from './server.js';
import { SessionCookie } from './session-cookie.js';
import { DEFAULT_API_URL, readSettings, WWW_SETTINGS } from './settings.js';

/** Where the build puts the client: beside the compiled server. */
const CLIENT_DIRECTORY = fileURLToPath(new URL('../client', import.meta.url));

/** The web UI: serves the client, keeps the session in a cookie, and passes calls on to the api. */
export const wwwService: ServiceDefinition = wwwServiceOf(CLIENT_DIRECTORY);

/** The same over a client that was built elsewhere. */
export function wwwServiceOf(clientDirectory: string): ServiceDefinition {
  return {
    name: 'www',
    rootKey: 'www',
    ports: [],
    ownPort: true,
    settings: WWW_SETTINGS,
    create: (context) => createWwwService(context, clientDirectory),
  };
}

async function createWwwService(context: ServiceContext, clientDirectory: string): Promise<RunningService> {
  const settings = readSettings(context.settings, context.base);
  const files = await ClientFiles.load(clientDirectory);
  // Read with each call: a port that is any free one is known only once everything listens.
  const apiUrl = (): string => settings.apiUrl ?? context.urlOf('api') ?? DEFAULT_API_URL;
  const client = new ApiClient({ url: apiUrl, timeoutMs: settings.requestTimeoutMs, logger: context.logger });
  const { baseUrl } = settings;
  const proxy = new ApiProxy({ client, cookie: new SessionCookie(baseUrl), baseUrl, bodyBytes: settings.bodyBytes });
  let listening = false;
  return {
    app: createWww({ proxy, files, publicApiUrl: (request) => publicApiUrl(request, settings.publicApiUrl, apiUrl()), logger: context.logger }),
    health: async () => ({ api: listening ? await client.health() : { healthy: true } }),
    listening() {
      listening = true;
    },
    stop: (signal) => client.close(signal),
  };
}
