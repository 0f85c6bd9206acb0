import { Command, Option } from 'commander';
import { ApiClient } from '../client/api-client.js';
import { urlOf, type ConnectionOptions } from '../client/connection.js';
import { readSession, sessionFile, writeSession } from '../client/session-file.js';
import type { SessionJson } from '../client/types.js';
import { usageError } from '../failure.js';
import { printJson, printLine } from '../output.js';
import { ask, readPassword } from '../password.js';

interface LoginOptions extends ConnectionOptions {
  readonly passwordFile?: string;
  readonly register?: boolean;
  readonly json?: boolean;
}

/** `cave login`: keeps a session for the other commands. */
export function loginCommand(): Command {
  return new Command('login')
    .description('log in, and keep the session for the other commands')
    .argument('[email]', 'your email address; asked for if left out')
    .addOption(new Option('--url <url>', 'address of the api (default: where you logged in last, or http://127.0.0.1:7001)').env('CAVE_URL'))
    .option('--password-file <file>', 'read the password from the first line of a file (default: ask for it, or read standard input)')
    .option('--register', 'register the address first; asks for the token that CAVE mails to it, and for your name')
    .option('--json', 'print JSON, for programs')
    .addHelpText('after', `\nThe session is kept in ${sessionFile()}, readable by you alone.`)
    .action(login);
}

async function login(given: string | undefined, options: LoginOptions): Promise<void> {
  const earlier = await readSession();
  const url = urlOf(options, earlier);
  const anonymous = new ApiClient(url, null);
  const email = given ?? (await ask('Email: '));
  const password = options.register === true ? await register(anonymous, email, options) : await readPassword(options.passwordFile);
  const { token, expires } = await anonymous.call<SessionJson>('POST', '/users/login', { body: { email, password } });
  const same = earlier !== null && earlier.url === url && earlier.email === email;
  await writeSession({ url, email, token, expires, publishTokens: same ? earlier.publishTokens : {} });
  if (options.json === true) printJson({ url, email, expires });
  else printLine(`Logged in at ${url} as ${email} until ${expires}.`);
}

/** Answers the password that was chosen. */
async function register(anonymous: ApiClient, email: string, options: LoginOptions): Promise<string> {
  if (!process.stdin.isTTY) throw usageError('--register asks questions, so it needs a terminal.');
  await anonymous.call('POST', '/users/register', { body: { email } });
  const link = await ask(`CAVE has mailed a link to ${email}. Paste it, or the token in it: `);
  const firstName = await ask('First name: ');
  const lastName = await ask('Last name: ');
  const password = await readPassword(options.passwordFile);
  const token = URL.canParse(link) ? new URL(link).searchParams.get('token') ?? link : link;
  await anonymous.call('POST', '/users/confirm', { body: { first_name: firstName, last_name: lastName, password, confirmation_token: token } });
  return password;
}
