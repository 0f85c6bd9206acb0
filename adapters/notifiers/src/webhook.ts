import { createHmac } from 'node:crypto';
import { defineAdapter, type Clock, type NotificationRequest, type Notifier } from '@cave/core';
import { HTTP_NOTIFIER_OPTIONS, HttpNotifier, type HttpNotifierOptions, type Prepared } from './http-notifier.js';

/** `sha256=` and the hexadecimal HMAC-SHA256 of `<timestamp>.<body>` under the organization's secret. */
export function sign(secret: string, timestamp: string, body: string): string {
  return `sha256=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`;
}

/** The default notifier: POSTs the check as JSON, signed. The body of one event is the same at every attempt. */
class WebhookNotifier extends HttpNotifier implements Notifier {
  readonly capabilities = { kind: 'webhook' };

  constructor(
    options: HttpNotifierOptions,
    private readonly clock: Clock,
  ) {
    super(options);
  }

  handles(): boolean {
    return true;
  }

  protected prepare({ notification, signingSecret }: NotificationRequest): Prepared {
    const { event, organization, team, cluster, alert } = notification;
    const body = JSON.stringify({
      schedule: { organization, team, cluster, notification_url: organization.notification_url, alert },
      timestamp: event.tick,
      event: { id: event.id, type: event.type, state: event.state, since: event.since, values: event.values, url: notification.url },
    });
    const timestamp = String(Math.floor(this.clock.nowMs() / 1000));
    return {
      body,
      headers: {
        'content-type': 'application/json',
        'user-agent': 'CAVE',
        'x-cave-event-id': event.id,
        'x-cave-timestamp': timestamp,
        'x-cave-signature': sign(signingSecret, timestamp, body),
      },
    };
  }
}

export default defineAdapter<'notifier', HttpNotifierOptions>({
  port: 'notifier',
  name: 'webhook',
  capabilities: { kind: 'webhook' },
  options: HTTP_NOTIFIER_OPTIONS,
  create: (options, context) => new WebhookNotifier(options, context.clock),
});
