import { randomBytes } from 'node:crypto';
import { access, constants, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import {
  CaveError,
  checkMail,
  defineAdapter,
  Gate,
  mailParts,
  recipientsOf,
  senderAddress,
  throwIfAborted,
  type Health,
  type Logger,
  type Mail,
  type Mailer,
  type MailerCapabilities,
  type MailResult,
} from '@cave/core';
import { checkDirectory } from './check-directory.js';
import { composeMail } from './mail-message.js';
import { OUTBOX, outboxFile } from './outbox.js';

export { readOutbox, type OutboxMail } from './outbox.js';

export interface EmbeddedMailerOptions {
  readonly 'data-dir': string;
  /** Sender: an address, or a name with the address in angle brackets. */
  readonly from: string;
  readonly 'max-message-bytes': number;
}

const DEFAULT_FROM = 'CAVE <cave@localhost>';
const DEFAULT_MAX_MESSAGE_BYTES = 10 * 1024 * 1024;
const TEMPORARY_SUFFIX = '.tmp';

/**
 * Writes each mail as `<data-dir>/outbox/<id>.eml`, where the web UI shows it; nothing leaves
 * the machine. A file is complete and on disk under its name, or not there: it is written
 * under another name, flushed and renamed. The same mail sent again replaces its file.
 */
class EmbeddedMailer implements Mailer {
  readonly capabilities: MailerCapabilities;
  readonly #gate = new Gate('embedded mail outbox');
  readonly #directory: string;
  readonly #sender: string;
  readonly #running = new Set<Promise<unknown>>();
  readonly #abandon = new AbortController();

  constructor(
    private readonly options: EmbeddedMailerOptions,
    private readonly logger: Logger,
  ) {
    checkDirectory(options['data-dir'], 'mail outbox');
    this.#sender = senderAddress(options.from, 'mail outbox');
    this.#directory = join(resolve(options['data-dir']), OUTBOX);
    this.capabilities = { delivers: false, maxMessageBytes: options['max-message-bytes'] };
  }

  start(signal?: AbortSignal): Promise<void> {
    return this.#gate.start(async () => {
      try {
        await mkdir(this.#directory, { recursive: true, mode: 0o700 });
        await access(this.#directory, constants.W_OK);
        for (const name of await readdir(this.#directory)) {
          if (name.endsWith(TEMPORARY_SUFFIX)) await rm(join(this.#directory, name), { force: true }); // of a process that was killed
        }
      } catch (error) {
        throw storageError(this.#directory, error);
      }
    }, signal);
  }

  async send(mail: Mail, signal?: AbortSignal): Promise<MailResult> {
    this.#gate.ensureOpen();
    throwIfAborted(signal);
    checkMail(mail);
    const abandon = this.#abandon.signal;
    const sending = this.#send(mail, signal === undefined ? abandon : AbortSignal.any([signal, abandon]));
    this.#running.add(sending);
    try {
      return await sending;
    } finally {
      this.#running.delete(sending);
    }
  }

  async health(): Promise<Health> {
    const health = this.#gate.health();
    if (!health.healthy) return health;
    try {
      await access(this.#directory, constants.W_OK | constants.X_OK);
      return health;
    } catch (error) {
      return { healthy: false, detail: storageError(this.#directory, error).message };
    }
  }

  async close(signal?: AbortSignal): Promise<void> {
    await this.#gate.close();
    const abandon = (): void => this.#abandon.abort();
    if (signal?.aborted) abandon();
    signal?.addEventListener('abort', abandon);
    await Promise.allSettled(this.#running); // whoever sent them gets their errors
    signal?.removeEventListener('abort', abandon);
  }

  async #send(mail: Mail, signal: AbortSignal): Promise<MailResult> {
    const { accepted, rejected } = recipientsOf(mail);
    if (accepted.length === 0) return { accepted, rejected };
    const bytes = await composeMail(mailParts(mail, this.options.from, this.#sender, accepted));
    const limit = this.capabilities.maxMessageBytes;
    if (bytes.byteLength > limit) throw new CaveError('too_large', `The mail "${mail.id}" has ${String(bytes.byteLength)} bytes; the outbox takes ${String(limit)}.`);
    throwIfAborted(signal);
    const file = outboxFile(this.#directory, mail.id);
    await this.#write(file, bytes, signal);
    this.logger.info('mail_in_outbox', { file, recipients: accepted.length });
    return { accepted, rejected };
  }

  async #write(file: string, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
    const temporary = `${file}.${randomBytes(4).toString('hex')}${TEMPORARY_SUFFIX}`;
    try {
      const handle = await open(temporary, 'wx', 0o600);
      try {
        await handle.writeFile(bytes);
        await handle.sync();
      } finally {
        await handle.close();
      }
      throwIfAborted(signal);
      await rename(temporary, file);
    } catch (error) {
      await rm(temporary, { force: true });
      throw storageError(this.#directory, error);
    }
    await this.#flushNames();
  }

  /** A rename lasts once its directory is flushed. */
  async #flushNames(): Promise<void> {
    try {
      const handle = await open(this.#directory, 'r');
      try {
        await handle.sync();
      } finally {
        await handle.close();
      }
    } catch (error) {
      throw new CaveError('unknown_outcome', `The mail is in ${this.#directory}, but may not survive a power cut: ${text(error)}.`, { cause: error });
    }
  }
}

function storageError(directory: string, error: unknown): CaveError {
  if (error instanceof CaveError) return error;
  const full = ['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException).code ?? '');
  return new CaveError(full ? 'resource_exhausted' : 'unavailable', `The mail outbox ${directory} cannot be written: ${text(error)}.`, { cause: error });
}

const text = (error: unknown): string => (error instanceof Error ? error.message : String(error));

export default defineAdapter<'mailer', EmbeddedMailerOptions>({
  port: 'mailer',
  name: 'embedded',
  capabilities: { delivers: false, maxMessageBytes: DEFAULT_MAX_MESSAGE_BYTES },
  options: {
    type: 'object',
    properties: {
      'data-dir': { type: 'string', minLength: 1, default: './data', description: 'Directory of everything that embedded adapters keep; mails are files in its folder outbox.' },
      from: { type: 'string', minLength: 3, default: DEFAULT_FROM, description: 'Sender of every mail: an address, or a name with the address in angle brackets.' },
      'max-message-bytes': { type: 'integer', minimum: 65_536, default: DEFAULT_MAX_MESSAGE_BYTES, description: 'Largest mail with its headers, in bytes.' },
    },
  },
  create: (options, context) => new EmbeddedMailer(options, context.logger),
});
