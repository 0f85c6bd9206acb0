import { CaveError } from '../errors.js';
import type { Mail, MailResult } from '../ports/mailer.js';

/*
 * What every mailer must do with a mail before it touches a file or a server: see that nothing
 * breaks out of its header, tell addresses from other text, and name the message.
 */

const ID = /^[A-Za-z0-9._-]{1,200}$/;
/** One bare address. What a name server or mailbox really takes is for a mail server to say. */
const ADDRESS = /^[^\s@<>,;:"()[\]\\]+@[^\s@<>,;:"()[\]\\]+$/u;
const SENDER = /^[^<>\r\n]*<([^<>]+)>\s*$/;
const LINE_BREAK = /[\r\n]/;

/** What a composer needs to know of a mail; the Message-ID depends on the mail's id and the sender's domain only. */
export interface MailParts {
  readonly from: string;
  readonly to: readonly { readonly name: string; readonly address: string }[];
  readonly subject: string;
  readonly text: string;
  readonly html?: string;
  readonly messageId: string;
}

export function isAddress(text: string): boolean {
  return ADDRESS.test(text);
}

/** Throws `invalid_argument` for what would break out of its header or its file. No I/O. */
export function checkMail(mail: Mail): void {
  if (!ID.test(mail.id)) throw invalid(`The mail's id must match ${ID.source}.`);
  if (LINE_BREAK.test(mail.subject)) throw invalid('The subject of a mail must not contain a line break.');
  if (mail.to.length === 0) throw invalid('The mail has no recipient.');
  for (const address of mail.to) {
    if (LINE_BREAK.test(address)) throw invalid('A recipient of a mail must not contain a line break.');
  }
}

/** Recipients that a mail can be sent to, and those that no mailer could ever reach. */
export function recipientsOf(mail: Mail): MailResult {
  const accepted = mail.to.filter(isAddress);
  const rejected = mail.to.filter((address) => !isAddress(address)).map((address) => ({ address, reason: 'This is not an address.', permanent: true }));
  return { accepted, rejected };
}

/** The address of a sender; `configuration` when mails could not carry it. `mailer` names the adapter. */
export function senderAddress(from: string, mailer: string): string {
  const address = SENDER.exec(from)?.[1] ?? from;
  if (!LINE_BREAK.test(from) && isAddress(address)) return address;
  throw new CaveError('configuration', `The option "from" of the ${mailer} must be an address, or a name and an address as in CAVE <cave@localhost>; it is ${JSON.stringify(from)}.`);
}

/** `sender` is the address within `from`. */
export function mailParts(mail: Mail, from: string, sender: string, to: readonly string[]): MailParts {
  return {
    from,
    to: to.map((address) => ({ name: '', address })),
    subject: mail.subject,
    text: mail.text,
    ...(mail.html === undefined ? {} : { html: mail.html }),
    messageId: `<${mail.id}@${sender.slice(sender.lastIndexOf('@') + 1)}>`,
  };
}

function invalid(message: string): CaveError {
  return new CaveError('invalid_argument', message);
}
