import { fork } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CaveError } from '@cave/core';

/*
 * Creating a database takes seconds and most of a gigabyte, so it is done in a child process
 * that gives the memory back, or not at all: `prepare-template.js`, part of the build, leaves
 * a fresh data directory beside the compiled code, which is then copied. Either way it
 * becomes the data directory by a rename, flushed before, so a half-made one never counts.
 */

const TEMPLATE = fileURLToPath(new URL('../../config-store-template', import.meta.url));
const MARK = 'PG_VERSION';

/** Makes `directory` a Postgres data directory unless it is one. Answers how, for the log. */
export async function prepareDirectory(directory: string, announce: (how: 'template' | 'initdb') => void): Promise<void> {
  if (await exists(join(directory, MARK))) return;
  await mkdir(dirname(directory), { recursive: true, mode: 0o700 });
  const fresh = await mkdtemp(join(dirname(directory), `${basename(directory)}-new-`));
  try {
    if (await exists(join(TEMPLATE, MARK))) {
      announce('template');
      await cp(TEMPLATE, fresh, { recursive: true });
    } else {
      announce('initdb');
      await initialise(fresh);
    }
    await adopt(fresh, directory);
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

/** Makes the template that `prepareDirectory` copies, unless it is there. */
export async function prepareTemplate(): Promise<void> {
  if (await exists(join(TEMPLATE, MARK))) return;
  const fresh = await mkdtemp(`${TEMPLATE}-new-`);
  try {
    await initialise(fresh);
    await adopt(fresh, TEMPLATE);
  } catch (error) {
    if (!(await exists(join(TEMPLATE, MARK)))) throw error; // else another one was faster
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

async function initialise(directory: string): Promise<void> {
  const child = fork(new URL('./initialise.js', import.meta.url), [directory], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  let complaint = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-2_000);
  });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new CaveError('unavailable', `The embedded config store could not be created in ${directory} (${complaint.trim() || `exit ${String(code)}`}).`);
}

async function adopt(fresh: string, directory: string): Promise<void> {
  await flushTree(fresh);
  await rename(fresh, directory); // replaces an empty directory, refuses any other
  await flush(dirname(directory));
}

async function flushTree(directory: string): Promise<void> {
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) await flushTree(path);
    else await flush(path);
  }
  await flush(directory);
}

async function flush(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
      throw error;
    },
  );
}
