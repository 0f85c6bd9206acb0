import { runService } from '@cave/app-runtime';
import { workerService } from './index.js';

await runService(workerService);
