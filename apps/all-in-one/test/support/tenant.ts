import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually } from './eventually.js';

export interface Answer<T = unknown> {
  readonly status: number;
  readonly body: T;
  readonly headers: Headers;
}

/** One call of the HTTP API; the body is parsed where there is one. */
export async function call<T = unknown>(url: string, method: string, path: string, options: { readonly token?: string; readonly body?: unknown; readonly signal?: AbortSignal } = {}): Promise<Answer<T>> {
  const response = await fetch(new URL(path, url), {
    method,
    headers: { ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }), ...(options.body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  const text = await response.text();
  return { status: response.status, body: (text === '' ? null : JSON.parse(text)) as T, headers: response.headers };
}

/** Like `call`, but anything else than the expected status is an error that shows the answer. */
export async function expectCall<T = unknown>(status: number, ...args: Parameters<typeof call>): Promise<T> {
  const answer = await call<T>(...args);
  if (answer.status !== status) throw new Error(`${args[1]} ${args[2]} answered ${answer.status}, not ${status}: ${JSON.stringify(answer.body)}`);
  return answer.body;
}

/** Registers through the mail in the outbox, confirms and logs in; answers the session token. */
export async function registerAndLogin(url: string, directory: string, email: string): Promise<string> {
  await expectCall(202, url, 'POST', '/users/register', { body: { email } });
  const token = await eventually(`the confirmation mail of ${email}`, () => confirmationToken(join(directory, 'outbox'), email));
  const password = 'correct horse battery staple';
  await expectCall(201, url, 'POST', '/users/confirm', { body: { first_name: 'A', last_name: 'B', password, confirmation_token: token } });
  return login(url, email);
}

export async function login(url: string, email: string): Promise<string> {
  const { token } = await expectCall<{ token: string }>(200, url, 'POST', '/users/login', { body: { email, password: 'correct horse battery staple' } });
  return token;
}

/** The newest mail to this address that carries a confirmation token. */
export async function confirmationToken(outbox: string, email: string): Promise<string | undefined> {
  const files = await readdir(outbox).catch(() => []);
  for (const file of files.filter((name) => name.endsWith('.eml'))) {
    // Quoted-printable breaks long lines with "=" and writes "=" as "=3D".
    const mail = (await readFile(join(outbox, file), 'utf8')).replace(/=\r?\n/g, '').replace(/=3D/g, '=');
    if (!mail.includes(email)) continue;
    const token = /(?:confirmation_token|token)=([A-Za-z0-9_-]+)/.exec(mail)?.[1];
    if (token !== undefined) return token;
  }
  return undefined;
}

export interface TestTenant {
  readonly organization: string;
  /** Secret of the organization's default token. */
  readonly token: string;
  /** Of the admin who created it. */
  readonly session: string;
}

/** A user who owns a new organization. */
export async function createTenant(url: string, directory: string, organization: string, notificationUrl = 'https://example.com/hook'): Promise<TestTenant> {
  const email = `${organization}@example.com`;
  const session = await registerAndLogin(url, directory, email);
  const created = await expectCall<{ tokens: readonly { readonly value: string }[] }>(201, url, 'POST', '/organizations', {
    token: session,
    body: { name: organization, email, notification_url: notificationUrl },
  });
  const token = created.tokens[0]?.value;
  if (token === undefined) throw new Error('The new organization has no token.');
  return { organization, token, session };
}
