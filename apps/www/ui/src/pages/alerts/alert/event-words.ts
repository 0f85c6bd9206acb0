import type { AlertEvent, Delivery } from '../alert.js';

const TITLES: Readonly<Record<AlertEvent['type'], string>> = {
  triggered: 'Triggered',
  resolved: 'Resolved',
  reminder: 'Reminder',
  no_data: 'No data',
  error: 'Checks failed',
};

/** What the api's short reasons mean (docs/alerts.md); another one is shown as it is. */
const REASONS: Readonly<Record<string, string>> = {
  disabled: 'The alert was disabled.',
  deleted: 'The alert was deleted.',
  too_few_values: 'There were fewer values than the condition needs.',
  late_pipeline: 'CAVE had not stored the points of that time yet.',
  unknown_series: 'A metric with these tags was never seen.',
  store: 'The store of metrics could not answer.',
  missed: 'Checks were missed in an outage.',
  unreadable_condition: 'The condition could not be read.',
};

export function eventTitle(type: AlertEvent['type']): string {
  return TITLES[type];
}

/** Why an event came, as a sentence. */
export function eventReason({ type, reason }: Pick<AlertEvent, 'type' | 'reason'>): string {
  if (reason !== 'condition') return REASONS[reason] ?? `Reason: ${reason}.`;
  switch (type) {
    case 'triggered': return 'The condition began to hold.';
    case 'resolved': return 'The condition no longer holds.';
    case 'reminder': return 'The condition still holds.';
    case 'no_data':
    case 'error': return 'The condition could not be checked.';
  }
}

/** `webhook:hooks.example.com` as people say it. */
export function receiverWords(receiver: string): string {
  const colon = receiver.indexOf(':');
  if (colon === -1) return receiver;
  const [kind, address] = [receiver.slice(0, colon), receiver.slice(colon + 1)];
  return kind === 'mail' ? `Mail to ${address}` : `${kind === 'webhook' ? 'Webhook at' : `${kind} at`} ${address}`;
}

export function deliveryWords(status: Delivery['status']): string {
  switch (status) {
    case 'pending': return 'On its way';
    case 'delivered': return 'Delivered';
    case 'given_up': return 'Given up';
  }
}

/** What one attempt came to, such as `Delivered (status 200)`. */
export function attemptWords({ outcome, http_status }: Delivery['attempts'][number]): string {
  const status = http_status === null ? 'no answer' : `status ${http_status}`;
  switch (outcome) {
    case 'delivered': return http_status === null ? 'Delivered' : `Delivered (${status})`;
    case 'retry': return `Failed (${status}), to be tried again`;
    case 'refused': return `Refused (${status})`;
  }
}
