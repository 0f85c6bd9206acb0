import { join, resolve } from 'node:path';
import type { Serving } from '@cave/app-runtime';

/** What a person wants to know once CAVE serves: addresses, and what to do next. */
export function startSummary(service: string, { url, configuration, urlOf }: Serving): string {
  const [webUi, api] = [urlOf('www'), urlOf('api')];
  const dataDir = resolve(String(configuration.base['data-dir']));
  const embeddedMail = configuration.adapters.get('mailer')?.definition.name === 'embedded';
  const lines = ['', `  CAVE (${service}) is serving.`];
  if (webUi !== null) lines.push(`  Web UI:            ${webUi} – sign up there`);
  if (api !== null) lines.push(`  API documentation: ${api}/docs`);
  lines.push(`  Health:            ${url}/_internal_/healthcheck`);
  if (configuration.adapters.size > 0) lines.push(`  Data:              ${dataDir}`);
  if (embeddedMail) lines.push(`  Mails:             ${webUi === null ? '' : `${webUi}/outbox, or `}files in ${join(dataDir, 'outbox')}; the newest holds the confirmation token`);
  if (api !== null) {
    lines.push(
      '',
      webUi === null ? '  What next:' : '  Or on the command line:',
      `  1. Register:             npm run cave -- login --url ${api} --register you@example.com`,
      '  2. Make an organization: npm run cave -- org create my-team --email you@example.com --notification-url https://example.com/hook',
      '  3. See real metrics of this computer: npm run cave -- feed host',
    );
  }
  if (configuration.loopbackReceivers) lines.push('', '  Notification URLs may reach 127.0.0.0/8, because CAVE is embedded and bound to loopback.');
  return `${lines.join('\n')}\n\n`;
}
