import type { Delivery } from '../../ports/config-store.js';
import type { Mail } from '../../ports/mailer.js';

/** CR and LF never belong into a subject; what a tenant wrote there becomes a blank. */
function line(text: string): string {
  return text.replace(/[\r\n]+/g, ' ').slice(0, 200);
}

/** The mail that tells one event; its id follows from the delivery, so that a repetition is recognised. */
export function notificationMail(delivery: Delivery, address: string): Mail {
  const { event, alert, organization, team, url } = delivery.notification;
  const owner = team === null ? organization.name : `${team.name}.${organization.name}`;
  const text = [
    `Alert ${alert.id} of ${owner}: ${event.type}`,
    '',
    alert.description,
    '',
    `Condition: ${alert.condition}`,
    `State:     ${event.state} since ${event.since === null ? 'ever' : new Date(event.since * 1000).toISOString()}`,
    `At:        ${new Date(event.tick * 1000).toISOString()}`,
    `Reason:    ${event.reason}`,
    ...(alert.handbook_url === null ? [] : [`Handbook:  ${alert.handbook_url}`]),
    `Alert:     ${url}`,
    `Event id:  ${event.id}`,
    '',
  ].join('\n');
  return { id: `cave-${delivery.eventId}-mail`, to: [address], subject: line(`[CAVE] ${event.type}: ${alert.description} (${owner})`), text };
}
