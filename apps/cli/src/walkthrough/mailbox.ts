import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { simpleParser } from 'mailparser';
import { CommandFailure, usageError } from '../failure.js';

/** Where the mails of the installation arrive. */
export interface Mailbox {
  /** The texts of all mails to this address. */
  textsTo(address: string): Promise<readonly string[]>;
}

/** `dir:<directory of .eml files>` or the address of a Mailpit, as `http://…` or `http:http://…`. */
export function openMailbox(where: string): Mailbox {
  if (where.startsWith('dir:')) return new DirectoryMailbox(where.slice('dir:'.length));
  const url = where.replace(/^http:(?=https?:)/, '');
  if (/^https?:/.test(url) && URL.canParse(url)) return new MailpitMailbox(url.replace(/\/+$/, '').replace(/\/api\/v1$/, ''));
  throw usageError(`--mail "${where}" is neither dir:<directory of .eml files> nor the http:// address of a Mailpit.`);
}

/** The outbox of the embedded profile, or any directory of .eml files. */
class DirectoryMailbox implements Mailbox {
  private readonly read = new Map<string, { readonly to: readonly string[]; readonly text: string }>();

  constructor(private readonly directory: string) {}

  async textsTo(address: string): Promise<readonly string[]> {
    for (const name of await this.files()) {
      if (!this.read.has(name)) this.read.set(name, await parse(join(this.directory, name)));
    }
    return [...this.read.values()].filter(({ to }) => to.includes(address)).map(({ text }) => text);
  }

  private async files(): Promise<readonly string[]> {
    try {
      return (await readdir(this.directory)).filter((name) => name.endsWith('.eml'));
    } catch (error) {
      throw new CommandFailure(`The mails cannot be read in ${this.directory} (${error instanceof Error ? error.message : String(error)}). Say where they arrive by --mail dir:<data-dir>/outbox.`, 1, { cause: error });
    }
  }
}

async function parse(file: string): Promise<{ readonly to: readonly string[]; readonly text: string }> {
  const mail = await simpleParser(await readFile(file));
  const groups = mail.to === undefined ? [] : Array.isArray(mail.to) ? mail.to : [mail.to];
  return { to: groups.flatMap(({ value }) => value.flatMap(({ address }) => (address === undefined ? [] : [address]))), text: mail.text ?? '' };
}

/** Mailpit's HTTP API, version 1. */
class MailpitMailbox implements Mailbox {
  constructor(private readonly url: string) {}

  async textsTo(address: string): Promise<readonly string[]> {
    const found = await this.get<{ readonly messages: readonly { readonly ID: string }[] }>(`/api/v1/search?query=${encodeURIComponent(`to:"${address}"`)}`);
    return Promise.all(found.messages.map(async ({ ID }) => (await this.get<{ readonly Text: string }>(`/api/v1/message/${encodeURIComponent(ID)}`)).Text));
  }

  private async get<T>(path: string): Promise<T> {
    const response = await fetch(this.url + path, { signal: AbortSignal.timeout(10_000) }).catch((error: unknown) => {
      throw new CommandFailure(`Mailpit at ${this.url} does not answer. Say where mails arrive by --mail.`, 1, { cause: error });
    });
    if (!response.ok) throw new CommandFailure(`Mailpit answered ${response.status} to GET ${path}.`);
    return (await response.json()) as T;
  }
}
