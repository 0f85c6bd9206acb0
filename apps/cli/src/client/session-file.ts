import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { CommandFailure } from '../failure.js';

/** What the command line remembers of one user between commands. */
export interface Session {
  readonly url: string;
  readonly email: string;
  readonly token: string;
  /** ISO 8601. */
  readonly expires: string;
  /** Publish tokens that this command line created, by the path of their tenant: CAVE shows them only once. */
  readonly publishTokens: Readonly<Record<string, string>>;
}

export function sessionFile(environment: NodeJS.ProcessEnv = process.env): string {
  const base = environment['XDG_CONFIG_HOME'];
  return join(base === undefined || base === '' ? join(homedir(), '.config') : base, 'cave', 'session.json');
}

/** Null when nobody has logged in. */
export async function readSession(file = sessionFile()): Promise<Session | null> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new CommandFailure(`The session in ${file} cannot be read: ${(error as Error).message}`, 1, { cause: error });
  }
  try {
    return JSON.parse(text) as Session;
  } catch (error) {
    throw new CommandFailure(`${file} is damaged. Delete it and log in again: cave login`, 1, { cause: error });
  }
}

/** Readable by this user alone; written beside and renamed, so that a crash leaves the old one. */
export async function writeSession(session: Session, file = sessionFile()): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const temporary = `${file}.${process.pid}`;
  await writeFile(temporary, `${JSON.stringify(session, null, 2)}\n`, { mode: 0o600 });
  await chmod(temporary, 0o600);
  await rename(temporary, file);
}

export async function removeSession(file = sessionFile()): Promise<void> {
  await rm(file, { force: true });
}
