import { CaveError, throwIfAborted, type Health, type NotificationRequest, type NotificationResult, type Notifier, type NotifierCapabilities, type OptionsSchema } from '@cave/core';
import { AddressGuard } from './address-guard.js';
import { post, type Post } from './http.js';

export interface HttpNotifierOptions {
  /** CIDR ranges that URLs may reach although they are not public. */
  readonly 'allow-networks': readonly string[];
  /** Longest time of one attempt, whatever the request says. Milliseconds. */
  readonly 'timeout-ms': number;
}

export const HTTP_NOTIFIER_OPTIONS: OptionsSchema = {
  type: 'object',
  properties: {
    'allow-networks': { type: 'array', items: { type: 'string' }, default: [], description: 'CIDR ranges that notification URLs may reach although they are private, such as 10.1.0.0/16.' },
    'timeout-ms': { type: 'integer', minimum: 100, default: 10_000, description: 'Longest time of one delivery attempt, in milliseconds; a shorter one of the service holds.' },
  },
};

/** A request, or the reason why there is none. */
export type Prepared = Pick<Post, 'headers' | 'body' | 'retryStatuses'> | { readonly refused: string };

/** What notifiers over HTTP share: state, deadline, the guard, and waiting for attempts on close. */
export abstract class HttpNotifier implements Notifier {
  abstract readonly capabilities: NotifierCapabilities;
  readonly #guard: AddressGuard;
  readonly #abandon = new AbortController();
  readonly #running = new Set<Promise<NotificationResult>>();
  #state: 'new' | 'open' | 'closed' = 'new';

  constructor(private readonly options: HttpNotifierOptions) {
    this.#guard = new AddressGuard(options['allow-networks']);
  }

  abstract handles(url: string, routing: Readonly<Record<string, string>> | null): boolean;

  protected abstract prepare(request: NotificationRequest): Prepared;

  async start(signal?: AbortSignal): Promise<void> {
    if (this.#state === 'closed') throw this.#closed();
    if (this.#state === 'open') throw new CaveError('internal', `The notifier ${this.capabilities.kind} was started twice.`);
    throwIfAborted(signal);
    this.#state = 'open';
  }

  async notify(request: NotificationRequest, signal?: AbortSignal): Promise<NotificationResult> {
    if (this.#state !== 'open') throw this.#closed();
    throwIfAborted(signal);
    const prepared = this.prepare(request);
    if ('refused' in prepared) return { status: 'refused', reason: prepared.refused };
    const abandon = this.#abandon.signal;
    const attempt = post(this.#guard, {
      ...prepared,
      url: request.url,
      timeoutMs: Math.min(request.timeoutMs, this.options['timeout-ms']),
      signal: signal === undefined ? abandon : AbortSignal.any([signal, abandon]),
    });
    this.#running.add(attempt);
    try {
      return await attempt;
    } finally {
      this.#running.delete(attempt);
    }
  }

  /** Receivers are the tenants' and say nothing about CAVE's health. */
  async health(): Promise<Health> {
    return this.#state === 'open' ? { healthy: true } : { healthy: false, detail: this.#closed().message };
  }

  async close(signal?: AbortSignal): Promise<void> {
    this.#state = 'closed';
    const abandon = (): void => this.#abandon.abort();
    if (signal?.aborted) abandon();
    signal?.addEventListener('abort', abandon);
    await Promise.allSettled(this.#running); // whoever asked for them gets their errors
    signal?.removeEventListener('abort', abandon);
  }

  #closed(): CaveError {
    return new CaveError('closed', `The notifier ${this.capabilities.kind} is ${this.#state === 'closed' ? 'closed' : 'not started'}.`);
  }
}
