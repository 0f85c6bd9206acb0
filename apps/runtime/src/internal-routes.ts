import { Router } from 'express';
import { healthOf, type Examined } from './health.js';
import { operatorGuard } from './operator-guard.js';
import type { PrometheusTelemetry } from './telemetry.js';
import { VERSION } from './version.js';

export interface InternalOptions extends Examined {
  readonly processName: string;
  readonly instanceId: string;
  readonly startedAtMs: number;
  readonly telemetry: PrometheusTelemetry;
  readonly operatorToken: string | undefined;
  /** Key that sets it, for the sentence when it is not set. */
  readonly operatorTokenKey: string;
}

/** What lies below `/_internal_/` of a process: its own routes and those of each of its services. */
export function internalRoutes(options: InternalOptions): Router {
  const router = Router();
  router.get('/healthcheck', async (_request, response) => {
    const parts = await healthOf(options);
    const healthy = Object.values(parts).every((part) => part.healthy);
    response.status(healthy ? 200 : 503).set('Cache-Control', 'no-store').json({ service: options.processName, healthy, sick: Object.keys(parts).filter((name) => parts[name]?.healthy === false), parts });
  });
  router.get('/version', (_request, response) => {
    response.json({ service: options.processName, version: VERSION, node: process.version });
  });
  router.use(['/metrics', '/status'], operatorGuard(options.operatorToken, options.operatorTokenKey));
  router.get('/metrics', async (_request, response) => {
    const { contentType, body } = await options.telemetry.text();
    response.set('Content-Type', contentType).send(body);
  });
  router.get('/status', async (_request, response) => {
    const told = await Promise.all(options.services.map(async ({ definition, service }) => [definition.name, (await service.status?.()) ?? {}] as const));
    response.json({ service: options.processName, version: VERSION, instance: options.instanceId, uptime_seconds: Math.round((performance.now() - options.startedAtMs) / 1000), parts: Object.fromEntries(told) });
  });
  for (const { service } of options.services) if (service.internal !== undefined) router.use(service.internal);
  return router;
}
