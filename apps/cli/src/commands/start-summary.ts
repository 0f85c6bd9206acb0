import { resolve } from 'node:path';
import type { Serving } from '@cave/app-runtime';

/** What a person wants to know once CAVE serves: addresses, and what to do next. */
export function startSummary(service: string, { url, configuration }: Serving): string {
  const dataDir = resolve(String(configuration.base['data-dir']));
  const embeddedMail = configuration.adapters.get('mailer')?.definition.name === 'embedded';
  const lines = ['', `  CAVE (${service}) is serving at ${url}`];
  if (configuration.adapters.size > 0 || configuration.base['profile'] === 'embedded') lines.push(`  Data: ${dataDir}`);
  if (service === 'all-in-one' || service === 'api') {
    lines.push(
      `  API documentation: ${url}/docs`,
      `  Health:            ${url}/_internal_/healthcheck`,
      '',
      '  What next:',
      `  1. Register:            npm run cave -- login --url ${url} --register you@example.com`,
      embeddedMail ? `     (mails are files in ${resolve(dataDir, 'outbox')}; the newest holds the confirmation token)` : '     (the confirmation token comes by mail)',
      '  2. Make an organization: npm run cave -- org create my-team --email you@example.com --notification-url https://example.com/hook',
      '  3. See real metrics of this computer: npm run cave -- feed host',
    );
  }
  if (configuration.loopbackReceivers) lines.push('', '  Notification URLs may reach 127.0.0.0/8, because CAVE is embedded and bound to loopback.');
  return `${lines.join('\n')}\n\n`;
}
