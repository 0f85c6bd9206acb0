import { X509Certificate } from 'node:crypto';
import { CaveError, senderAddress, type OptionsSchema } from '@cave/core';

export const DEFAULT_MAX_MESSAGE_BYTES = 10 * 1024 * 1024;

export interface SmtpOptions {
  readonly host: string;
  readonly port: number;
  readonly tls: 'off' | 'starttls' | 'required' | 'implicit';
  readonly 'tls-verify': boolean;
  readonly 'tls-ca': string;
  readonly user: string;
  readonly password: string;
  /** Sender: an address, or a name with the address in angle brackets. */
  readonly from: string;
  /** Empty: the library's choice. */
  readonly 'client-name': string;
  readonly 'max-connections': number;
  readonly 'idle-timeout-ms': number;
  readonly 'connection-timeout-ms': number;
  readonly 'response-timeout-ms': number;
  readonly 'max-message-bytes': number;
}

export const optionsSchema: OptionsSchema = {
  type: 'object',
  properties: {
    host: { type: 'string', minLength: 1, default: 'localhost', description: 'Host of the mail server.' },
    port: { type: 'integer', minimum: 1, maximum: 65_535, default: 587, description: 'Port of the mail server: usually 587, or 465 with tls implicit.' },
    tls: {
      type: 'string',
      enum: ['off', 'starttls', 'required', 'implicit'],
      default: 'required',
      description: 'TLS: off; starttls (where the server offers it; without it nothing is sent as user and password); required (STARTTLS or no mail); implicit (from the first byte on).',
    },
    'tls-verify': { type: 'boolean', default: true, description: 'Whether the certificate of the server is verified.' },
    'tls-ca': { type: 'string', default: '', description: 'Certificates (PEM) that are trusted instead of those that Node brings; for a server with a certificate of your own.' },
    user: { type: 'string', default: '', description: 'User to log in as; empty: without login.' },
    password: { type: 'string', default: '', description: "The user's password.", 'x-secret': true },
    from: { type: 'string', minLength: 3, description: 'Sender of every mail: an address, or a name with the address in angle brackets.' },
    'client-name': { type: 'string', default: '', description: 'Name that this client gives itself (EHLO); empty: the name of the machine where it has a domain, else its address.' },
    'max-connections': { type: 'integer', minimum: 1, default: 5, description: 'Most connections that this process opens; as many mails are sent at once.' },
    'idle-timeout-ms': { type: 'integer', minimum: 100, default: 60_000, description: 'A connection that sends nothing for longer is closed, in milliseconds.' },
    'connection-timeout-ms': { type: 'integer', minimum: 100, default: 10_000, description: 'How long to wait for a connection, its greeting and TLS, in milliseconds.' },
    'response-timeout-ms': { type: 'integer', minimum: 100, default: 60_000, description: 'A server that says nothing for longer while a mail is handed to it is given up, in milliseconds.' },
    'max-message-bytes': { type: 'integer', minimum: 65_536, default: DEFAULT_MAX_MESSAGE_BYTES, description: 'Largest mail with its headers, in bytes; a server that announces less takes less.' },
  },
  required: ['from'],
};

/** What the schema cannot say. Throws `configuration`; answers the sender's address. */
export function checkOptions(options: SmtpOptions): string {
  const refuse = (message: string, cause?: unknown): never => {
    throw new CaveError('configuration', message, { cause });
  };
  if ((options.user === '') !== (options.password === '')) refuse('The options "user" and "password" of the SMTP mailer belong together: set both, or neither for a server without login.');
  if (/[\r\n\s]/.test(options['client-name'])) refuse('The option "client-name" of the SMTP mailer must be one host name without white space.');
  try {
    if (options['tls-ca'] !== '') new X509Certificate(options['tls-ca']);
  } catch (error) {
    refuse('The option "tls-ca" of the SMTP mailer must be certificates in PEM form, which begin with -----BEGIN CERTIFICATE-----.', error);
  }
  return senderAddress(options.from, 'SMTP mailer');
}
