import { randomBytes } from 'node:crypto';
import type { ApiClient } from '../client/api-client.js';
import type { SessionJson } from '../client/types.js';
import { eventually, must } from './eventually.js';
import type { Mailbox } from './mailbox.js';
import type { Report } from './report.js';

/** A new user, from the first request to the session. Answers a client that speaks for it. */
export async function newUser(report: Report, anonymous: ApiClient, mailbox: Mailbox, run: string): Promise<{ readonly client: ApiClient; readonly email: string }> {
  const email = `walkthrough-${run}@example.com`;
  const password = randomBytes(18).toString('base64url');
  await report.step('register', () => anonymous.call('POST', '/users/register', { body: { email } }), () => email);
  const token = await report.step('receive the mail', () => eventually(`The confirmation mail to ${email}`, async () => confirmationToken(await mailbox.textsTo(email))), () => 'it holds a confirmation link');
  await report.step('confirm', async () => {
    const user = await anonymous.call<{ readonly email: string }>('POST', '/users/confirm', { body: { first_name: 'Walk', last_name: 'Through', password, confirmation_token: token } });
    must(user.email === email, `The confirmed user is ${user.email}, not ${email}.`);
  });
  const session = await report.step('log in', () => anonymous.call<SessionJson>('POST', '/users/login', { body: { email, password } }), ({ expires }) => `the session lasts until ${expires}`);
  return { client: anonymous.withToken(session.token), email };
}

/** The token of the first link in any of the texts that carries one. */
function confirmationToken(texts: readonly string[]): string | undefined {
  const links = texts.flatMap((text) => text.match(/https?:\/\/\S+/g) ?? []).filter((link) => URL.canParse(link));
  return links.map((link) => new URL(link).searchParams.get('token')).find((token) => token !== null) ?? undefined;
}
