import { runService } from '@cave/app-runtime';
import { dbwriterService } from './index.js';

await runService(dbwriterService);
