import { runService } from '@cave/app-runtime';
import { apiService } from './wiring.js';

await runService(apiService);
