import type { ServiceDefinition } from '@cave/app-runtime';
import type { ServiceChoice } from './commands/service-options.js';

/** The services that run in one process of this name; only their packages are loaded. */
export async function definitionsOf(service: ServiceChoice): Promise<readonly ServiceDefinition[]> {
  switch (service) {
    case 'all-in-one':
      return (await import('@cave/app-all-in-one')).allServices;
    case 'api':
      return [(await import('@cave/app-api')).apiService];
    case 'dbwriter':
      return [(await import('@cave/app-dbwriter')).dbwriterService];
    case 'scheduler':
      return [(await import('@cave/app-scheduler')).schedulerService];
    case 'worker':
      return [(await import('@cave/app-worker')).workerService];
    case 'www':
      return [(await import('@cave/app-www')).wwwService];
  }
}
