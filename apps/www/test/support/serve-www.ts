import { runService } from '@cave/app-runtime';
import { wwwServiceOf } from '../../src/index.js';

/* The process of www, over the client in the directory that TEST_CLIENT names. */
await runService(wwwServiceOf(process.env['TEST_CLIENT'] ?? ''), process.argv.slice(2));
