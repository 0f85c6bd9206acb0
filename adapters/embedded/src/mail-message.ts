import MailComposer from 'nodemailer/lib/mail-composer';
import { CaveError, type Mail } from '@cave/core';

const ID = /^[A-Za-z0-9._-]{1,200}$/;
/** One bare address. What a name server or mailbox really takes is for a mail server to say. */
const ADDRESS = /^[^\s@<>,;:"()[\]\\]+@[^\s@<>,;:"()[\]\\]+$/u;
const LINE_BREAK = /[\r\n]/;

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

/** The mail as RFC 5322 bytes. Its Message-ID depends on its id and the sender's domain only. */
export async function composeMail(mail: Mail, from: string, to: readonly string[]): Promise<Buffer> {
  const domain = from.slice(from.lastIndexOf('@') + 1).replace(/>\s*$/, '');
  const composer = new MailComposer({
    from,
    to: to.map((address) => ({ name: '', address })),
    subject: mail.subject,
    text: mail.text,
    ...(mail.html === undefined ? {} : { html: mail.html }),
    messageId: `<${mail.id}@${domain}>`,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return composer.compile().build();
}

function invalid(message: string): CaveError {
  return new CaveError('invalid_argument', message);
}
