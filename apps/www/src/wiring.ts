import type { RunningService, ServiceDefinition } from '@cave/app-runtime';
import { Router } from 'express';

/** The web UI: serves the client, keeps the session in a cookie, and passes calls on to the api. */
export const wwwService: ServiceDefinition = {
  name: 'www',
  rootKey: 'www',
  ports: [],
  ownPort: true,
  settings: {
    type: 'object',
    properties: {
      'api-url': { type: 'string', format: 'uri', description: 'Where www reaches the api. Default in one process with it: the address it listens on; else http://127.0.0.1:7001.' },
    },
  },
  create: () => Promise.resolve<RunningService>({ app: Router(), health: () => Promise.resolve({}), stop: () => Promise.resolve() }),
};
