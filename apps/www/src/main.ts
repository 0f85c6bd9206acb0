import { runService } from '@cave/app-runtime';
import { wwwService } from './wiring.js';

await runService(wwwService);
