import type { Health } from '@cave/core';
import type { Part } from './container.js';
import type { RunningService, ServiceDefinition } from './service.js';

export interface Running {
  readonly definition: ServiceDefinition;
  readonly service: RunningService;
}

/** What a process consists of. */
export interface Examined {
  readonly parts: readonly Part[];
  readonly services: readonly Running[];
}

const HEALTH_PATIENCE_MS = 3000;

/** The health of every part and of what each service says of itself, by name. Never rejects, and answers although a part hangs. */
export async function healthOf({ parts, services: running }: Examined): Promise<Readonly<Record<string, Health>>> {
  const adapters = parts.map(async (part) => [[part.name, await asked(() => part.driver.health())]] as const);
  const services = running.map(async ({ definition, service }) => {
    let own: Readonly<Record<string, Health>> = {};
    const whole = await asked(async () => {
      own = await service.health();
      return { healthy: true };
    });
    const prefix = running.length > 1 ? `${definition.name} ` : '';
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
