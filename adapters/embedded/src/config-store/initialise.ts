import { migrate } from '@cave/schema';
import { PGlite } from '@electric-sql/pglite';
import { NodeFS } from '@electric-sql/pglite/nodefs';

/*
 * Child process: makes the directory named by the first argument a Postgres data directory
 * with CAVE's tables, so that whoever copies it has nothing left to migrate.
 */

const directory = process.argv[2];
if (directory === undefined) throw new Error('The directory is missing.');
const database = await PGlite.create({ fs: new NodeFS(directory) });
await migrate({
  query: async (statement, params) => (params === undefined ? (await database.exec(statement)).at(-1)?.rows ?? [] : (await database.query<Record<string, unknown>>(statement, [...params])).rows),
});
await database.close();
process.disconnect?.();
