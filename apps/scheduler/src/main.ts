import { runService } from '@cave/app-runtime';
import { schedulerService } from './index.js';

await runService(schedulerService);
