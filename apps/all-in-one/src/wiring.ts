import { apiService } from '@cave/app-api';
import { dbwriterService } from '@cave/app-dbwriter';
import type { ServiceDefinition } from '@cave/app-runtime';
import { schedulerService } from '@cave/app-scheduler';
import { workerService } from '@cave/app-worker';

/**
 * Every service, in the order of start; the first one's port is the process's. They stop in
 * the reverse order, so that the api relays what the others still hand in.
 */
export const allServices: readonly ServiceDefinition[] = [apiService, dbwriterService, schedulerService, workerService];
