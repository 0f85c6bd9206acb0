import { CaveError, errorCode, toCaveError, type ErrorCode } from '../../errors.js';
import { backoffMs, sleep } from '../../portable/backoff.js';
import type { Logger } from '../../ports/logger.js';
import type { Mail, Mailer } from '../../ports/mailer.js';
import type { Telemetry } from '../../ports/telemetry.js';

export interface MailSenderOptions {
  readonly attempts?: number;
  readonly firstRetryMs?: number;
  readonly maxRetryMs?: number;
}

/**
 * Sends account mails beside the request that causes them, with bounded retries.
 *
 * There is no outbox for them on purpose: a confirmation mail holds a secret of which the
 * config store may keep the hash only. What a crash or a long outage of the mail server loses
 * is a mail whose receiver asks for it again; the loss is logged as an error.
 */
export class MailSender {
  private readonly sending = new Set<Promise<void>>();
  private readonly stopped = new AbortController();

  constructor(
    private readonly mailer: Mailer,
    private readonly logger: Logger,
    private readonly telemetry: Telemetry,
    private readonly options: MailSenderOptions = {},
  ) {}

  /**
   * Hands the mail over. A mailer that delivers nothing (the outbox of the embedded profile)
   * is fast and local: then this resolves once the mail lies there. With a mail server it
   * resolves at once, so that the answer's time does not tell what was sent.
   */
  async send(mail: Mail): Promise<void> {
    const sending = this.deliver(mail).finally(() => this.sending.delete(sending));
    this.sending.add(sending);
    if (!this.mailer.capabilities.delivers) await sending;
  }

  /** Waits for the mails under way; when the signal fires, gives up those that wait for a retry. */
  async stop(signal?: AbortSignal): Promise<void> {
    const abort = (): void => this.stopped.abort(signal?.reason);
    if (signal?.aborted) abort();
    signal?.addEventListener('abort', abort, { once: true });
    await Promise.all(this.sending);
    signal?.removeEventListener('abort', abort);
  }

  /** Never rejects: the request was accepted, and its caller has its answer. */
  private async deliver(mail: Mail): Promise<void> {
    const attempts = this.options.attempts ?? 6;
    for (let attempt = 1; ; attempt += 1) {
      const error = await this.attempt(mail);
      if (error === null) {
        this.telemetry.count('cave_api_mails_total', 1, { outcome: 'sent' });
        return;
      }
      const final = attempt >= attempts || this.stopped.signal.aborted || !mayRetry(error);
      if (!final) {
        this.logger.warn('mail_delayed', { mail: mail.id, attempt, code: error.code, message: error.message });
        const pause = { firstMs: this.options.firstRetryMs ?? 1000, maxMs: this.options.maxRetryMs ?? 60_000 };
        if (await waited(backoffMs(attempt, pause), this.stopped.signal)) continue;
      }
      this.telemetry.count('cave_api_mails_total', 1, { outcome: 'failed' });
      this.logger.error('mail_not_sent', { mail: mail.id, attempts: attempt, code: error.code, message: error.message });
      return;
    }
  }

  private async attempt(mail: Mail): Promise<CaveError | null> {
    try {
      const result = await this.mailer.send(mail, this.stopped.signal);
      const [refused] = result.rejected;
      if (refused === undefined || result.accepted.length > 0) return null;
      return new CaveError(refused.permanent ? 'invalid_argument' : 'unavailable', `The mail server refused the receiver: ${refused.reason}`);
    } catch (error) {
      return toCaveError(error, 'unavailable');
    }
  }
}

/** A login that the server refuses may be corrected there. */
const MAY_PASS: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['unavailable', 'resource_exhausted', 'unknown_outcome', 'configuration']);

function mayRetry(error: CaveError): boolean {
  return MAY_PASS.has(error.code);
}

/** False: the signal fired first. */
async function waited(ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await sleep(ms, signal);
    return true;
  } catch (error) {
    if (errorCode(error) === 'aborted') return false;
    throw error;
  }
}
