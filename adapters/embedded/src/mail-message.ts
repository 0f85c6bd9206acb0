import MailComposer from 'nodemailer/lib/mail-composer';
import type { MailParts } from '@cave/core';

/** The mail as RFC 5322 bytes. Nothing in it is fetched from a file or an address. */
export function composeMail({ to, ...parts }: MailParts): Promise<Buffer> {
  return new MailComposer({ ...parts, to: [...to], disableFileAccess: true, disableUrlAccess: true }).compile().build();
}
