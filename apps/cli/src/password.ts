import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { CommandFailure, usageError } from './failure.js';

/** The answer to a question; a usage error without a terminal. */
export async function ask(question: string): Promise<string> {
  if (!process.stdin.isTTY) throw usageError(`There is no terminal to ask "${question.trim()}" at; give the answer as an argument.`);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  terminal.on('SIGINT', () => process.exit(130));
  try {
    return (await terminal.question(question)).trim();
  } finally {
    terminal.close();
  }
}

/**
 * The password: the first line of the file, of standard input when that is no terminal, or asked
 * for without showing it.
 */
export async function readPassword(file: string | undefined): Promise<string> {
  const password = file !== undefined ? firstLine(await contentOf(file)) : process.stdin.isTTY ? await askSilently('Password: ') : firstLine(await text(process.stdin));
  if (password === '') throw usageError('The password is empty.');
  return password;
}

async function contentOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new CommandFailure(`The password cannot be read from ${file}: ${(error as Error).message}`, 1, { cause: error });
  }
}

function firstLine(content: string): string {
  return content.split(/\r?\n/, 1)[0] ?? '';
}

/** readline echoes to its output; here that is nothing. */
async function askSilently(question: string): Promise<string> {
  process.stderr.write(question);
  const silence = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: silence, terminal: true });
  terminal.on('SIGINT', () => process.exit(130));
  try {
    return await terminal.question('');
  } finally {
    terminal.close();
    process.stderr.write('\n');
  }
}
