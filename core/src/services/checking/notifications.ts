import type { AlertEvent } from '../../domain/alert-event.js';
import type { AlertWork, NewDelivery, Organization } from '../../ports/config-store.js';
import type { Notification } from '../../ports/notifier.js';
import { mailReceiver, webhookReceiver } from '../notifying/receiver.js';

/** Routing key that asks for a mail to the organization's address beside the URL. */
const MAIL_ROUTING = 'mail';

/** The deliveries that an event causes: none for one that was superseded before anybody was told. */
export function deliveriesOf(event: AlertEvent, work: AlertWork, organization: Organization, alertUrl: (work: AlertWork) => string): NewDelivery[] {
  if (event.superseded) return [];
  const { alert, tenant } = work;
  const notification: Notification = {
    event,
    organization: { name: organization.name, email: organization.email, notification_url: organization.notificationUrl },
    team: tenant.team === null ? null : { name: tenant.team.name },
    cluster: tenant.team === null ? organization.cluster : tenant.team.cluster,
    alert: {
      id: alert.id,
      description: alert.description,
      condition: alert.condition,
      period: alert.period,
      enabled: alert.enabled,
      handbook_url: alert.handbookUrl,
      routing: alert.routing,
    },
    url: alertUrl(work),
  };
  const receivers = [webhookReceiver(organization.notificationUrl)];
  if (alert.routing?.[MAIL_ROUTING] === 'true') receivers.push(mailReceiver(organization.email));
  return receivers.map((receiver) => ({ eventId: event.id, receiver, notification }));
}
