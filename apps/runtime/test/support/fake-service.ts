import { Router } from 'express';
import type { ServiceDefinition } from '../../src/index.js';

/** A service with no ports, one setting and one public route. */
export function fakeService(overrides: Partial<ServiceDefinition> = {}): ServiceDefinition {
  return {
    name: 'api',
    rootKey: 'api-service',
    ports: [],
    settings: { type: 'object', properties: { greeting: { type: 'string', default: 'hello', description: 'What / answers.' }, 'secret-word': { type: 'string', 'x-secret': true, description: 'Shown masked.' } } },
    create: (context) => {
      const app = Router();
      app.get('/', (_request, response) => void response.json({ greeting: context.settings['greeting'] }));
      app.get('/explode', (_request, response) => {
        response.json({});
        setImmediate(() => {
          throw new Error('nobody catches this');
        });
      });
      return Promise.resolve({
        app,
        status: () => Promise.resolve({ alerts: 3 }),
        health: () => Promise.resolve({ memory: { healthy: true } }),
        stop: () => Promise.resolve(),
      });
    },
    ...overrides,
  };
}
