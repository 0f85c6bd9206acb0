import { CaveError } from '@cave/core';
import type { SmtpOptions } from './options.js';

/** What nodemailer says of a failure. */
interface Facts {
  readonly code?: string | undefined;
  /** The socket's own code, where `code` says only that it was the socket. */
  readonly originalCode?: string | undefined;
  readonly responseCode?: number | undefined;
  readonly response?: string | undefined;
  readonly command?: string | undefined;
  readonly message: string;
}

/** One refused recipient, as nodemailer reports it. */
export interface RecipientFailure {
  readonly recipient?: string | undefined;
  readonly responseCode?: number | undefined;
  readonly response?: string | undefined;
}

/** Codes of a certificate that does not verify: Node's TLS documentation, "X509 certificate error codes". */
const CERTIFICATE = /CERT|SIGNATURE|SELF_SIGNED|ISSUER|CRL|HOSTNAME_MISMATCH|CA_KEY_TOO_SMALL|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED/;
const TLS_FAILURE = /^(?:EPROTO|ERR_SSL_|ERR_TLS_)/;
const LONGEST_REASON = 300;

/** Why there is no session, as a sentence that names the place and what to do. */
export function connectError(error: unknown, options: SmtpOptions): CaveError {
  if (error instanceof CaveError) return error;
  const facts = factsOf(error);
  const place = placeOf(options);
  const reason = reasonOf(facts);
  const original = facts.originalCode ?? '';
  const temporary = isTemporary(facts);
  const configuration = (message: string): CaveError => new CaveError('configuration', message, { cause: error });
  if (facts.code === 'EAUTH' && !temporary) return configuration(`The mail server at ${place} refuses the user "${options.user}" (${reason}); check mail.user and mail.password.`);
  if (CERTIFICATE.test(original)) {
    return configuration(`The mail server at ${place} shows a certificate that does not verify (${reason}); set mail.tls-ca to the certificate that it was signed with, or correct mail.host.`);
  }
  if (facts.code === 'ETLS' && facts.responseCode !== undefined && !temporary) {
    return configuration(`The mail server at ${place} does not do STARTTLS (${reason}), which mail.tls "${options.tls}" asks for; use a server that does, or set mail.tls to what it can.`);
  }
  if (TLS_FAILURE.test(original)) return configuration(`The mail server at ${place} does not speak TLS as mail.tls "${options.tls}" needs it (${reason}); "implicit" is for ports such as 465, "required" for 587.`);
  return new CaveError('unavailable', `The mail server at ${place} cannot be reached (${reason}).`, { cause: error });
}

/** Why a mail was not taken as a whole. */
export function messageError(error: unknown, options: SmtpOptions, mailId: string): CaveError {
  if (error instanceof CaveError) return error;
  const facts = factsOf(error);
  const place = placeOf(options);
  const reason = reasonOf(facts);
  const { responseCode, command } = facts;
  // Without a reply it is the library that compared the size with what the server announced.
  const announced = facts.code === 'EMESSAGE' && responseCode === undefined && command === 'MAIL FROM';
  if (announced || (responseCode === 552 && !/\b5\.2\.2\b/.test(facts.response ?? ''))) {
    return new CaveError('too_large', `The mail "${mailId}" is larger than the mail server at ${place} takes (${reason}).`, { cause: error });
  }
  if (responseCode === 530) {
    const cure = /STARTTLS/i.test(facts.response ?? '') ? 'set mail.tls to "required"' : 'set mail.user and mail.password';
    return new CaveError('configuration', `The mail server at ${place} takes no mail like this (${reason}); ${cure}.`, { cause: error });
  }
  if (responseCode === undefined) return new CaveError('unavailable', `The connection to the mail server at ${place} broke before it had taken the mail "${mailId}" (${reason}).`, { cause: error });
  if (isTemporary(facts)) return new CaveError('unavailable', `The mail server at ${place} does not take the mail "${mailId}" now (${reason}).`, { cause: error });
  return new CaveError('invalid_argument', `The mail server at ${place} refuses the mail "${mailId}" (${reason}).`, { cause: error });
}

/** The refusals when the server refused every recipient one by one; null for any other failure. */
export function recipientFailures(error: unknown): readonly RecipientFailure[] | null {
  const { rejectedErrors } = error as { rejectedErrors?: readonly RecipientFailure[] };
  return rejectedErrors ?? null;
}

/** What the server said to one recipient; a refusal without a reply is taken for a passing one. */
export function refusal(address: string, failure: RecipientFailure): { readonly address: string; readonly reason: string; readonly permanent: boolean } {
  return { address, reason: shortened(failure.response ?? 'The mail server refused this recipient.'), permanent: (failure.responseCode ?? 0) >= 500 };
}

export function placeOf({ host, port }: SmtpOptions): string {
  return `${host}:${String(port)}`;
}

function isTemporary({ responseCode }: Facts): boolean {
  return responseCode !== undefined && responseCode >= 400 && responseCode < 500;
}

function reasonOf({ response, message }: Facts): string {
  return shortened(response ?? message);
}

function shortened(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim().replace(/\.$/, '');
  return line.length > LONGEST_REASON ? `${line.slice(0, LONGEST_REASON)}…` : line;
}

function factsOf(error: unknown): Facts {
  return error instanceof Error ? error : { message: String(error) };
}
