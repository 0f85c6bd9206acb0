import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { simpleParser, type AddressObject } from 'mailparser';

/** Folder of the data directory that holds the mails. */
export const OUTBOX = 'outbox';
const EXTENSION = '.eml';

/** A mail that was sent, as the web UI lists it. */
export interface OutboxMail {
  /** The id it was sent under, and the name of its file without `.eml`. */
  readonly id: string;
  readonly messageId: string;
  /** When it was sent last, in milliseconds since the epoch. */
  readonly sentMs: number;
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly html: string | null;
}

export function outboxFile(outboxDirectory: string, id: string): string {
  return join(outboxDirectory, `${id}${EXTENSION}`);
}

/**
 * The newest mails of a data directory's outbox, newest first, at most `limit`. None when
 * there is no outbox yet. Its times are those of the files, so a mail sent twice counts as new.
 */
export async function readOutbox(dataDirectory: string, limit: number): Promise<readonly OutboxMail[]> {
  const directory = join(dataDirectory, OUTBOX);
  const names = (await orUndefined(readdir(directory))) ?? [];
  const files: { readonly id: string; readonly path: string; readonly mtimeMs: number }[] = [];
  for (const name of names) {
    if (!name.endsWith(EXTENSION)) continue;
    const path = join(directory, name);
    const stats = await orUndefined(stat(path));
    if (stats !== undefined) files.push({ id: name.slice(0, -EXTENSION.length), path, mtimeMs: stats.mtimeMs });
  }
  files.sort((a, b) => b.mtimeMs - a.mtimeMs || (a.id < b.id ? -1 : 1));
  const mails: OutboxMail[] = [];
  for (const file of files.slice(0, limit)) {
    const bytes = await orUndefined(readFile(file.path));
    if (bytes !== undefined) mails.push(await parse(file.id, file.mtimeMs, bytes));
  }
  return mails;
}

/** Somebody may clear the outbox while it is read: what is gone is left out. */
async function orUndefined<T>(promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function parse(id: string, sentMs: number, bytes: Buffer): Promise<OutboxMail> {
  const mail = await simpleParser(bytes, { skipTextToHtml: true, skipHtmlToText: true });
  return {
    id,
    messageId: mail.messageId ?? '',
    sentMs,
    from: mail.from?.text ?? '',
    to: addresses(mail.to),
    subject: mail.subject ?? '',
    text: mail.text ?? '',
    html: typeof mail.html === 'string' ? mail.html : null,
  };
}

function addresses(field: AddressObject | AddressObject[] | undefined): string[] {
  const objects = field === undefined ? [] : Array.isArray(field) ? field : [field];
  return objects.flatMap((object) => object.value.map((one) => one.address ?? ''));
}
