import { domainToASCII } from 'node:url';
import SMTPConnection, { type SMTPConnectionSendInfo } from 'nodemailer/lib/smtp-connection';
import { CaveError, throwIfAborted } from '@cave/core';
import { connectError, placeOf } from './errors.js';
import type { SmtpOptions } from './options.js';

type Done<T> = (error?: Error | null, value?: T) => void;

/**
 * One SMTP session that is ready for mails: connected, encrypted as asked for, logged in. A
 * thin layer of promises over nodemailer's connection, which calls some callbacks never when
 * the connection ends: every call here settles then.
 *
 * ```
 *   open ──▶ ready ──send, check──▶ ready
 *              └──quit, destroy, abort, broken──▶ ended
 * ```
 * What is aborted in the middle of a command ends the session: its next reply would answer a
 * question that nobody remembers.
 */
export class SmtpSession {
  readonly #connection: SMTPConnection;
  #ended = false;
  #onEnd: () => void = () => undefined;

  private constructor(private readonly options: SmtpOptions) {
    const { tls } = options;
    this.#connection = new SMTPConnection({
      host: options.host,
      port: options.port,
      secure: tls === 'implicit',
      ignoreTLS: tls === 'off',
      requireTLS: tls === 'required',
      tls: { rejectUnauthorized: options['tls-verify'], ...(options['tls-ca'] === '' ? {} : { ca: options['tls-ca'] }) },
      ...(options['client-name'] === '' ? {} : { name: options['client-name'] }),
      connectionTimeout: options['connection-timeout-ms'],
      greetingTimeout: options['connection-timeout-ms'],
      socketTimeout: options['response-timeout-ms'],
      socketCloseTimeout: 0,
      // Loopback counts as a network too: the mail server may run beside this process.
      allowInternalNetworkInterfaces: true,
    });
    this.#connection.on('error', () => undefined); // whoever waits for a reply is told; an idle session just ends
    this.#connection.once('end', () => {
      this.#ended = true;
      this.#onEnd();
    });
  }

  /** Throws `configuration` or `unavailable`, both with a sentence that names the server; `aborted`. */
  static async open(options: SmtpOptions, signal: AbortSignal): Promise<SmtpSession> {
    throwIfAborted(signal);
    const session = new SmtpSession(options);
    try {
      await session.#run<void>((done) => session.#connection.connect(done), signal);
      await session.#login(signal);
      return session;
    } catch (error) {
      session.destroy();
      throw connectError(error, options);
    }
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Called once, when the session has ended for whatever reason. */
  onEnd(listener: () => void): void {
    this.#onEnd = listener;
  }

  /** Rejects with nodemailer's error, or `aborted`. */
  send(sender: string, to: readonly string[], bytes: Buffer, signal: AbortSignal): Promise<SMTPConnectionSendInfo> {
    const envelope = { from: envelopeAddress(sender), to: to.map(envelopeAddress), size: bytes.byteLength };
    return this.#run<SMTPConnectionSendInfo>((done) => this.#connection.send(envelope, bytes, done), signal);
  }

  /** Asks the server for a sign of life (RSET, which also clears what a refused mail left behind). */
  async check(signal: AbortSignal): Promise<void> {
    try {
      await this.#run<boolean>((done) => this.#connection.reset(done), signal);
    } catch (error) {
      this.destroy();
      throw connectError(error, this.options);
    }
  }

  /** Says goodbye and waits for the answer until the signal fires. Never rejects. */
  async quit(signal: AbortSignal): Promise<void> {
    try {
      // The answer to QUIT closes the connection: the end is what is waited for.
      await this.#run<never>(() => this.#connection.quit(), signal);
    } catch {
      this.destroy(); // every way out of QUIT is the end that was wanted
    }
  }

  destroy(): void {
    this.#connection.close();
  }

  async #login(signal: AbortSignal): Promise<void> {
    const { user, password, tls } = this.options;
    if (user === '') return;
    const refuse = (why: string, cure: string): never => {
      throw new CaveError('configuration', `The mail server at ${placeOf(this.options)} ${why}; ${cure}.`);
    };
    if (tls !== 'off' && !this.#connection.secure) refuse('offers no STARTTLS, and user and password are not sent without TLS', 'set mail.tls to "off" if that is meant, or leave mail.user and mail.password out');
    if (!this.#connection.allowsAuth) refuse('offers no login', 'leave mail.user and mail.password out, or set mail.tls to "required" where it offers login over TLS only');
    await this.#run<boolean>((done) => this.#connection.login({ user, pass: password }, done), signal);
  }

  #run<T>(command: (done: Done<T>) => void, signal: AbortSignal): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const settle = (settling: () => void): void => {
        this.#connection.removeListener('error', onError);
        this.#connection.removeListener('end', onEnd);
        signal.removeEventListener('abort', onAbort);
        settling();
      };
      const onError = (error: Error): void => settle(() => reject(error));
      const onEnd = (): void => settle(() => reject(new Error('the server closed the connection')));
      const onAbort = (): void => {
        settle(() => reject(new CaveError('aborted', 'The call to the mail server was aborted.', { cause: signal.reason })));
        this.destroy();
      };
      this.#connection.on('error', onError);
      this.#connection.on('end', onEnd);
      signal.addEventListener('abort', onAbort);
      if (signal.aborted) onAbort();
      else if (this.#ended) onEnd();
      else command((error, value) => settle(() => (error === null || error === undefined ? resolve(value as T) : reject(error))));
    });
  }
}

/** As it goes over the wire: a domain is spoken in its ASCII form, so that any server can route it. */
export function envelopeAddress(address: string): string {
  const at = address.lastIndexOf('@');
  const domain = address.slice(at + 1);
  return `${address.slice(0, at)}@${domainToASCII(domain) || domain}`;
}
