import { CaveError } from '../../errors.js';

/** Who gets a notification, as deliveries name it: `webhook:<url>` or `mail:<address>`. */
export type Receiver = { readonly kind: 'webhook'; readonly url: string } | { readonly kind: 'mail'; readonly address: string };

export function webhookReceiver(url: string): string {
  return `webhook:${url}`;
}

export function mailReceiver(address: string): string {
  return `mail:${address}`;
}

export function parseReceiver(text: string): Receiver {
  if (text.startsWith('webhook:')) return { kind: 'webhook', url: text.slice('webhook:'.length) };
  if (text.startsWith('mail:')) return { kind: 'mail', address: text.slice('mail:'.length) };
  throw new CaveError('internal', `"${text}" is not a receiver.`);
}
