import { randomBytes } from 'node:crypto';
import { ApiClient } from '../client/api-client.js';
import { ApiError } from '../client/api-error.js';
import { tenantPath } from '../client/paths.js';
import { newUser } from './account.js';
import { alertCycle } from './alerting.js';
import { eventually } from './eventually.js';
import type { Mailbox } from './mailbox.js';
import { publishAndQuery } from './points.js';
import type { WebhookReceiver } from './receiver.js';
import { Report } from './report.js';
import { newTenant, type WalkthroughTenant } from './tenants.js';

/**
 * The whole way through a running installation, over HTTP alone. Its names are of this run only,
 * so it can be repeated. Throws at the first step that fails, after it has tried to take away
 * what it made; the user remains, since users cannot be deleted.
 */
export async function walk(url: string, mailbox: Mailbox, receiver: WebhookReceiver, print: (line: string) => void): Promise<void> {
  const report = new Report(print);
  const run = randomBytes(5).toString('hex');
  const anonymous = new ApiClient(url, null);
  const { client: user, email } = await newUser(report, anonymous, mailbox, run);
  try {
    const tenant = await newTenant(report, user, { run, email, notificationUrl: receiver.url });
    const publisher = anonymous.withToken(tenant.publishToken);
    await publishAndQuery(report, user, publisher, tenant.path);
    await alertCycle(report, user, publisher, tenant, receiver);
    await report.removeAll();
    await report.step('see that nothing is left', () => nothingLeft(user, publisher, tenant));
  } catch (error) {
    await report.removeAll().catch(() => print('  (what this run made remains, because it could not be deleted)'));
    throw error;
  }
  await report.step('log out', () => user.call('POST', '/users/logout'));
}

/** A token may be remembered for some seconds where another process serves the next request. */
async function nothingLeft(user: ApiClient, publisher: ApiClient, { organization, path }: WalkthroughTenant): Promise<void> {
  await refused('The refusal of the deleted organization', [404], () => user.call('GET', tenantPath({ organization, team: null })));
  await refused('The refusal of the deleted token', [403, 404], () => publisher.call('POST', `${path}/metrics`, { body: { metrics: [] } }));
}

async function refused(what: string, statuses: readonly number[], ask: () => Promise<unknown>): Promise<void> {
  await eventually(what, () =>
    ask().then(
      () => undefined,
      (error: unknown) => {
        if (error instanceof ApiError && statuses.includes(error.status)) return true;
        throw error;
      },
    ));
}
