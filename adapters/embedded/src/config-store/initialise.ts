import { PGlite } from '@electric-sql/pglite';
import { NodeFS } from '@electric-sql/pglite/nodefs';

/* Child process: makes the directory named by the first argument a Postgres data directory. */

const directory = process.argv[2];
if (directory === undefined) throw new Error('The directory is missing.');
const database = await PGlite.create({ fs: new NodeFS(directory) });
await database.close();
process.disconnect?.();
