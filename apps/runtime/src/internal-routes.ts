import { type Health } from '@cave/core';
import { Router } from 'express';
import type { Part } from './container.js';
import { operatorGuard } from './operator-guard.js';
import type { RunningService, ServiceDefinition } from './service.js';
import type { PrometheusTelemetry } from './telemetry.js';
import { VERSION } from './version.js';

export interface Running {
  readonly definition: ServiceDefinition;
  readonly service: RunningService;
}

export interface InternalOptions {
  readonly processName: string;
  readonly instanceId: string;
  readonly startedAtMs: number;
  readonly parts: readonly Part[];
  readonly services: readonly Running[];
  readonly telemetry: PrometheusTelemetry;
  readonly operatorToken: string | undefined;
}

/** A healthcheck answers even when a part hangs. */
const HEALTH_PATIENCE_MS = 3000;

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
  router.use(['/metrics', '/status', '/outbox', '/reset'], operatorGuard(options.operatorToken));
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

async function healthOf(options: InternalOptions): Promise<Readonly<Record<string, Health>>> {
  const adapters = options.parts.map(async (part) => [[part.name, await asked(() => part.driver.health())]] as const);
  const services = options.services.map(async ({ definition, service }) => {
    let own: Readonly<Record<string, Health>> = {};
    const whole = await asked(async () => {
      own = await service.health();
      return { healthy: true };
    });
    const prefix = options.services.length > 1 ? `${definition.name} ` : '';
    return [...(whole.healthy ? [] : [[definition.name, whole] as const]), ...Object.entries(own).map(([name, health]) => [`${prefix}${name}`, health] as const)];
  });
  return Object.fromEntries((await Promise.all([...adapters, ...services])).flat());
}

async function asked(ask: () => Promise<Health>): Promise<Health> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<Health>((resolve) => {
    timer = setTimeout(() => resolve({ healthy: false, detail: `It did not answer within ${HEALTH_PATIENCE_MS / 1000} s.` }), HEALTH_PATIENCE_MS);
  });
  try {
    return await Promise.race([ask(), patience]);
  } catch (error) {
    return { healthy: false, detail: error instanceof Error ? error.message : String(error) };
  } finally {
    clearTimeout(timer);
  }
}
