import { CaveError } from '../../errors.js';

/**
 * The URL as typed, if CAVE can post to it. Which addresses may be reached is decided when
 * connecting, after DNS: what a name points to can change.
 */
export function checkedNotificationUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:') || url.hostname === '') {
    throw new CaveError('invalid_argument', 'The notification_url must be an absolute http or https URL.', {
      reason: 'invalid_notification_url',
      details: { errors: [{ in: 'body', path: '/notification_url', message: 'must be an absolute http or https URL' }] },
    });
  }
  return text;
}

/** What an audit record keeps of a URL, whose path and query may hold secrets. */
export function originOf(url: string): string {
  return new URL(url).origin;
}
