import MailComposer from 'nodemailer/lib/mail-composer';
import {
  CaveError,
  checkMail,
  defineAdapter,
  errorCode,
  Gate,
  mailParts,
  recipientsOf,
  throwIfAborted,
  toCaveError,
  type Health,
  type Logger,
  type Mail,
  type Mailer,
  type MailerCapabilities,
  type MailResult,
} from '@cave/core';
import { messageError, placeOf, recipientFailures, refusal, type RecipientFailure } from './errors.js';
import { checkOptions, DEFAULT_MAX_MESSAGE_BYTES, optionsSchema, type SmtpOptions } from './options.js';
import { SmtpPool } from './pool.js';
import { envelopeAddress, type SmtpSession } from './session.js';

const HEALTH_PATIENCE_MS = 2_000;

/**
 * Hands mails to an SMTP server. A mail whose connection broke after its last byte may have
 * been taken all the same: that is told as `unavailable`, and the retry carries the same
 * Message-ID, by which servers and readers know a repetition.
 */
class SmtpMailer implements Mailer {
  readonly capabilities: MailerCapabilities;
  readonly #gate = new Gate('SMTP mailer');
  readonly #sender: string;
  readonly #pool: SmtpPool;
  readonly #running = new Set<Promise<unknown>>();
  /** Ends what asks only for a sign of life: it need not be waited for. */
  readonly #closing = new AbortController();
  /** Ends mails under way, once the caller's patience is over. */
  readonly #abandon = new AbortController();

  constructor(
    private readonly options: SmtpOptions,
    private readonly logger: Logger,
  ) {
    this.#sender = checkOptions(options);
    this.#pool = new SmtpPool(options);
    this.capabilities = { delivers: true, maxMessageBytes: options['max-message-bytes'] };
  }

  start(signal?: AbortSignal): Promise<void> {
    const until = signal === undefined ? this.#closing.signal : AbortSignal.any([signal, this.#closing.signal]);
    return this.#gate.start(() => this.#pool.check(until), signal);
  }

  async send(mail: Mail, signal?: AbortSignal): Promise<MailResult> {
    this.#gate.ensureOpen();
    throwIfAborted(signal);
    checkMail(mail);
    // A signal for each mail: many listeners on one are what Node warns of.
    const until = AbortSignal.any(signal === undefined ? [this.#abandon.signal] : [signal, this.#abandon.signal]);
    return this.#tracked(this.#send(mail, until));
  }

  async health(): Promise<Health> {
    const health = this.#gate.health();
    if (!health.healthy) return health;
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), HEALTH_PATIENCE_MS);
    try {
      await this.#tracked(this.#pool.check(AbortSignal.any([late.signal, this.#closing.signal])));
      return health;
    } catch (error) {
      const detail = late.signal.aborted ? `The mail server at ${placeOf(this.options)} did not answer within ${String(HEALTH_PATIENCE_MS)} ms.` : toCaveError(error).message;
      return { healthy: false, detail };
    } finally {
      clearTimeout(timer);
    }
  }

  async close(signal?: AbortSignal): Promise<void> {
    this.#closing.abort();
    await this.#gate.close();
    const abandon = (): void => this.#abandon.abort();
    if (signal?.aborted) abandon();
    signal?.addEventListener('abort', abandon);
    await Promise.allSettled(this.#running); // whoever sent them gets their errors
    signal?.removeEventListener('abort', abandon);
    await this.#pool.close();
  }

  async #tracked<T>(running: Promise<T>): Promise<T> {
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }

  async #send(mail: Mail, signal: AbortSignal): Promise<MailResult> {
    const { accepted: addresses, rejected } = recipientsOf(mail);
    if (addresses.length === 0) return { accepted: [], rejected };
    const bytes = await this.#compose(mail, addresses);
    throwIfAborted(signal);
    const session = await this.#pool.acquire(signal);
    try {
      const failures = await this.#handOver(session, mail.id, addresses, bytes, signal);
      const refused = new Map(failures.map((failure) => [failure.recipient ?? '', failure]));
      const failureOf = (address: string): RecipientFailure | undefined => refused.get(envelopeAddress(address));
      const accepted = addresses.filter((address) => failureOf(address) === undefined);
      const refusals = addresses.flatMap((address) => {
        const failure = failureOf(address);
        return failure === undefined ? [] : [refusal(address, failure)];
      });
      this.logger.debug('mail_handed_over', { mail: mail.id, accepted: accepted.length, rejected: refusals.length });
      return { accepted, rejected: [...rejected, ...refusals] };
    } finally {
      this.#pool.release(session);
    }
  }

  async #compose(mail: Mail, addresses: readonly string[]): Promise<Buffer> {
    const { to, ...parts } = mailParts(mail, this.options.from, this.#sender, addresses);
    const bytes = await new MailComposer({ ...parts, to: [...to], disableFileAccess: true, disableUrlAccess: true }).compile().build();
    const limit = this.capabilities.maxMessageBytes;
    if (bytes.byteLength > limit) throw new CaveError('too_large', `The mail "${mail.id}" has ${String(bytes.byteLength)} bytes; mail.max-message-bytes allows ${String(limit)}.`);
    return bytes;
  }

  /** Whom the server refused, one by one; throws when it refused the mail as a whole. */
  async #handOver(session: SmtpSession, id: string, addresses: readonly string[], bytes: Buffer, signal: AbortSignal): Promise<readonly RecipientFailure[]> {
    try {
      return (await session.send(this.#sender, addresses, bytes, signal)).rejectedErrors ?? [];
    } catch (error) {
      if (errorCode(error) === 'aborted') throw error;
      const failures = recipientFailures(error);
      if (failures !== null) return failures;
      throw messageError(error, this.options, id);
    }
  }
}

export default defineAdapter<'mailer', SmtpOptions>({
  port: 'mailer',
  name: 'smtp',
  capabilities: { delivers: true, maxMessageBytes: DEFAULT_MAX_MESSAGE_BYTES },
  options: optionsSchema,
  create: (options, context) => new SmtpMailer(options, context.logger),
});
