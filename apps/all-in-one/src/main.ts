import { runServices } from '@cave/app-runtime';
import { allServices } from './wiring.js';

await runServices(allServices, { name: 'all-in-one', argv: process.argv.slice(2) });
