import type { Lifecycle } from './lifecycle.js';

export interface MailerCapabilities {
  /** Leaves the machine. False for the embedded outbox, whose mails are files. */
  readonly delivers: boolean;
  readonly maxMessageBytes: number;
}

export interface Mail {
  /** Stable over retries: becomes the Message-ID, so that a repetition is recognised. `[A-Za-z0-9._-]+`. */
  readonly id: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly html?: string;
}

export interface MailResult {
  readonly accepted: readonly string[];
  /** `permanent`: a 5xx, trying again is pointless. */
  readonly rejected: readonly { readonly address: string; readonly reason: string; readonly permanent: boolean }[];
}

/**
 * Sends mail. Does not retry: a 4xx or connection failure of the whole message throws
 * `unavailable`, a 5xx of the whole message `invalid_argument`. CR or LF in an address or
 * subject is `invalid_argument` before any I/O. Required TLS is never downgraded. The
 * sender is an option of the adapter.
 */
export interface Mailer extends Lifecycle {
  readonly capabilities: MailerCapabilities;
  send(mail: Mail, signal?: AbortSignal): Promise<MailResult>;
}
