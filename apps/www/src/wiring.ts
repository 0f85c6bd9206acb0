import { fileURLToPath } from 'node:url';
import type { RunningService, ServiceContext, ServiceDefinition } from '@cave/app-runtime';
import { ApiClient } from './api-client.js';
import { ApiProxy } from './api-proxy.js';
import { ClientFiles } from './client-files.js';
import { createWww } from './server.js';
import { SessionCookie } from './session-cookie.js';
import { DEFAULT_API_URL, reachableUrl, readSettings, WWW_SETTINGS } from './settings.js';

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
  const { apiUrl, baseUrl, bodyBytes, requestTimeoutMs } = readSettings(context.settings, context.base);
  const files = await ClientFiles.load(clientDirectory);
  // Only once everything listens it is known where the api of this process does.
  const apiUrlNow = (): string => {
    const own = context.urlOf('api');
    return apiUrl ?? (own === null ? DEFAULT_API_URL : reachableUrl(own));
  };
  const client = new ApiClient({ url: apiUrlNow, timeoutMs: requestTimeoutMs, logger: context.logger });
  const proxy = new ApiProxy({ client, cookie: new SessionCookie(baseUrl), baseUrl, bodyBytes });
  let listening = false;
  return {
    app: createWww({ proxy, files, logger: context.logger }),
    health: async () => ({ api: listening ? await client.health() : { healthy: true } }),
    listening() {
      listening = true;
    },
    stop: (signal) => client.close(signal),
  };
}
