import { Router } from 'express';
import type { ServiceDefinition } from '../../src/index.js';

/** A service with no ports and one setting. It answers who and where it is, and says in the log that it was asked to stop. */
export function fakeService(overrides: Partial<ServiceDefinition> = {}): ServiceDefinition {
  return {
    name: 'api',
    rootKey: 'api-service',
    ports: [],
    settings: { type: 'object', properties: { greeting: { type: 'string', default: 'hello', description: 'What / answers.' }, 'secret-word': { type: 'string', 'x-secret': true, description: 'Shown masked.' } } },
    create: (context) => {
      const app = Router();
      app.get('/', (_request, response) => void response.json({ greeting: context.settings['greeting'] }));
      app.get('/urls', (_request, response) => void response.json({ api: context.urlOf('api'), www: context.urlOf('www'), worker: context.urlOf('worker') }));
      app.post('/upload', (request, response) => {
        context.logger.info('upload_begun');
        request.resume().on('end', () => void response.json({}));
      });
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
        stop: () => {
          context.logger.info('asked_to_stop');
          return Promise.resolve();
        },
      });
    },
    ...overrides,
  };
}
