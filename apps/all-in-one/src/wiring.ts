import { apiService } from '@cave/app-api';
import { dbwriterService } from '@cave/app-dbwriter';
import type { ServiceDefinition } from '@cave/app-runtime';
import { schedulerService } from '@cave/app-scheduler';
import { workerService } from '@cave/app-worker';
import { wwwService } from '@cave/app-www';

/**
 * Every service, in the order of start; the first one's port is that of all but www, which has
 * its own. They stop in the reverse order: www asks the api, and the api relays what the others
 * still hand in.
 */
export const allServices: readonly ServiceDefinition[] = [apiService, dbwriterService, schedulerService, workerService, wwwService];
