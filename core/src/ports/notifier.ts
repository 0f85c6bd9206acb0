import type { Lifecycle } from './lifecycle.js';
import type { AlertEvent } from '../domain/alert-event.js';

/** Everything a receiver is told, self-contained: it is stored with the delivery. */
export interface Notification {
  readonly event: AlertEvent;
  readonly organization: { readonly name: string; readonly email: string; readonly notification_url: string };
  readonly team: { readonly name: string } | null;
  readonly cluster: string | null;
  readonly alert: {
    readonly id: string;
    readonly description: string;
    readonly condition: string;
    readonly period: string;
    readonly enabled: boolean;
    readonly handbook_url: string | null;
    readonly routing: Readonly<Record<string, string>> | null;
  };
  /** Link to the alert in the web UI. */
  readonly url: string;
}

export interface NotificationRequest {
  readonly notification: Notification;
  /** Where to send it. */
  readonly url: string;
  /** HMAC secret of the organization. Never logged. */
  readonly signingSecret: string;
  /** Deadline of the whole attempt in milliseconds. */
  readonly timeoutMs: number;
}

/** The receiver's answer. A value, because refusal is not exceptional. */
export type NotificationResult =
  | { readonly status: 'delivered'; readonly httpStatus: number; readonly answer: string }
  /** 5xx, 429, time-out, connection error: try again. */
  | { readonly status: 'retry'; readonly reason: string; readonly httpStatus?: number; readonly answer?: string; readonly retryAfterMs?: number }
  /** Any other refusal, or an address that must not be reached: trying again is pointless. */
  | { readonly status: 'refused'; readonly reason: string; readonly httpStatus?: number; readonly answer?: string };

export interface NotifierCapabilities {
  /** Notifiers are asked in configuration order, the default last. */
  readonly kind: string;
}

export interface Notifier extends Lifecycle {
  readonly capabilities: NotifierCapabilities;
  /** Does this URL and routing belong to this notifier? Pure. */
  handles(url: string, routing: Readonly<Record<string, string>> | null): boolean;
  /** One attempt; never retries. Throws only `aborted`, `closed` or `internal`. */
  notify(request: NotificationRequest, signal?: AbortSignal): Promise<NotificationResult>;
}
