import { prepareTemplate } from './directory.js';

/* Part of the build, so that a first start copies a database instead of creating one. */

await prepareTemplate();
