import { readdir, readFile } from 'node:fs/promises';

export interface Script {
  /** File name, such as `20261122-200000.sql`: the key of its record. */
  readonly filename: string;
  readonly sql: string;
}

const SCRIPT_NAME = /^\d{8}-\d{6}\.sql$/;
const DIRECTORY = new URL('../../scripts/', import.meta.url);

/** All scripts of this release in the order in which they are applied. */
export async function scripts(directory: URL = DIRECTORY): Promise<readonly Script[]> {
  const names = (await readdir(directory)).filter((name) => SCRIPT_NAME.test(name)).sort();
  return Promise.all(names.map(async (filename) => ({ filename, sql: await readFile(new URL(filename, directory), 'utf8') })));
}
