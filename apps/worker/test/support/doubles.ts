import { CaveError, type Clock, type Logger, type Mail, type Mailer, type MailerCapabilities, type Notification, type NotificationRequest, type NotificationResult, type Notifier, type Telemetry } from '@cave/core';

const nothing = (): void => undefined;

export const quietLogger: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing, child: () => quietLogger };
export const noTelemetry: Telemetry = { count: nothing, gauge: nothing, observe: nothing };
/** What the adapters live by: their leases and time-outs are about the real world. */
export const systemClock: Clock = { nowMs: () => Date.now(), monotonicMs: () => performance.now() };

/** The clock that the services under test live by: it stands until it is set. */
export class ManualClock implements Clock {
  #nowMs: number;
  #skippedMs = 0;

  constructor(nowSeconds: number) {
    this.#nowMs = nowSeconds * 1000;
  }

  /** Seconds; forwards or backwards. */
  set(nowSeconds: number): void {
    this.#nowMs = nowSeconds * 1000;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  /** Lets the monotonic clock run ahead. */
  skip(milliseconds: number): void {
    this.#skippedMs += milliseconds;
  }

  monotonicMs(): number {
    return performance.now() + this.#skippedMs;
  }
}

/** A receiver that answers as it is told, and remembers what it was sent. */
export class RecordingNotifier implements Notifier {
  readonly capabilities = { kind: 'recording' };
  readonly requests: NotificationRequest[] = [];
  /** How it answers; replaced by tests. */
  answer: (request: NotificationRequest) => NotificationResult | Promise<NotificationResult> = () => ({ status: 'delivered', httpStatus: 200, answer: 'ok' });

  handles(url: string): boolean {
    return url.startsWith('https://');
  }

  async notify(request: NotificationRequest): Promise<NotificationResult> {
    this.requests.push(request);
    return this.answer(request);
  }

  /** `type@tick` of everything that was sent for this alert, repetitions too. */
  sent(alertId: string, since = 0): string[] {
    return this.of(alertId).map(({ event }) => `${event.type}@${event.tick - since}`);
  }

  of(alertId: string): Notification[] {
    return this.requests.map(({ notification }) => notification).filter(({ alert }) => alert.id === alertId);
  }

  start(): Promise<void> {
    return Promise.resolve();
  }

  health(): Promise<{ readonly healthy: true }> {
    return Promise.resolve({ healthy: true });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** A mailer that remembers. */
export class RecordingMailer implements Mailer {
  readonly capabilities: MailerCapabilities = { delivers: true, maxMessageBytes: 1_000_000 };
  readonly mails: Mail[] = [];
  /** The next mails that are never answered: they end when their signal fires. */
  silent = 0;

  send(mail: Mail, signal?: AbortSignal): ReturnType<Mailer['send']> {
    this.mails.push(mail);
    if (this.silent > 0) {
      this.silent -= 1;
      return new Promise((_, reject) => signal?.addEventListener('abort', () => reject(new CaveError('aborted', 'The mail was aborted.'))));
    }
    return Promise.resolve({ accepted: mail.to, rejected: [] });
  }

  start(): Promise<void> {
    return Promise.resolve();
  }

  health(): Promise<{ readonly healthy: true }> {
    return Promise.resolve({ healthy: true });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** The same object with some methods replaced; the others stay bound to the original. */
export function delegate<D extends object>(original: D, replaced: Partial<D>): D {
  return new Proxy(original, {
    get: (target, name) => {
      if (name in replaced) return replaced[name as keyof D];
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

/** Polls until `probe` is true; fails after 20 seconds, saying what did not happen. */
export async function eventually(what: string, probe: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 20_000;
  while (!(await probe())) {
    if (performance.now() > end) throw new Error(`This did not happen: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
