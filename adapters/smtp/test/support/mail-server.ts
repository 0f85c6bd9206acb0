import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import type { ArrivedMail } from '@cave/conformance';
import { simpleParser, type AddressObject } from 'mailparser';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerOptions, type SMTPServerSession } from 'smtp-server';
import { selfSigned, type Certificate } from './certificate.js';

export const USER = 'cave';
export const PASSWORD = 'right-password';
export const MAX_BYTES = 400_000;

/** Recipients that the server treats in a way of their own. */
export const ADDRESSES = {
  refused: 'refused@example.com',
  greylisted: 'greylisted@example.com',
  deferred: 'deferred@example.com',
  bounced: 'bounced@example.com',
  silent: 'silent@example.com',
  full: 'full@example.com',
};

type Reply = (error?: Error | null) => void;

const reply = (responseCode: number, message: string): Error => Object.assign(new Error(message), { responseCode });

/**
 * A real SMTP server with STARTTLS and AUTH that keeps what it is sent. `kill` takes it away as
 * SIGKILL would (connections reset, nobody listens), `restart` brings it back on its port.
 */
export class MailServer {
  readonly certificate: Certificate;
  /** Answers the next messages with 451, whoever they are for. */
  deferNext = 0;
  connections = 0;
  /** Of every RCPT TO, as it was spoken. */
  readonly recipients: string[] = [];
  readonly #mails: { readonly sender: string; readonly mail: ArrivedMail }[] = [];
  readonly #sockets = new Set<Socket>();
  #server: SMTPServer;
  #port = 0;

  constructor(private readonly options: Omit<SMTPServerOptions, 'key' | 'cert'> & Partial<Certificate> = {}) {
    const { key, cert } = options;
    this.certificate = key === undefined || cert === undefined ? selfSigned() : { key, cert };
    this.#server = this.#make();
  }

  async listen(): Promise<this> {
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server.server, 'listening');
    this.#port = (this.#server.server.address() as AddressInfo).port;
    return this;
  }

  get port(): number {
    return this.#port;
  }

  arrivedFrom(sender: string): readonly ArrivedMail[] {
    return this.#mails.filter((one) => one.sender === sender).map(({ mail }) => mail);
  }

  async kill(): Promise<void> {
    const closed = once(this.#server.server, 'close');
    this.#server.close();
    this.dropAll();
    await closed;
  }

  async restart(): Promise<void> {
    this.#server = this.#make();
    await this.listen();
  }

  /** Resets every connection and goes on listening. */
  dropAll(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /** Resolves once no connection is open. */
  async allClosed(): Promise<void> {
    await Promise.all([...this.#sockets].map((socket) => once(socket, 'close')));
  }

  #make(): SMTPServer {
    const server = new SMTPServer({
      ...this.certificate,
      size: MAX_BYTES,
      disableReverseLookup: true,
      logger: false,
      onAuth: (auth, _session, done) => (auth.username === USER && auth.password === PASSWORD ? done(null, { user: USER }) : done(reply(535, '5.7.8 Authentication credentials invalid'))),
      onRcptTo: ({ address }, _session, done: Reply) => {
        this.recipients.push(address);
        done(recipientReply(address));
      },
      onData: (stream, session, done) => void this.#take(stream, session).then(
        (error) => error !== 'silence' && done(error),
        (error: unknown) => done(error as Error),
      ),
      ...this.options,
    });
    // A client that resets its connection is part of the tests.
    server.on('error', () => undefined);
    server.server.on('connection', (socket: Socket) => {
      this.connections += 1;
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    return server;
  }

  /** What the server says to the message as a whole: nothing wrong, an error, or nothing at all. */
  async #take(stream: SMTPServerDataStream, session: SMTPServerSession): Promise<Error | null | 'silence'> {
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    const to = session.envelope.rcptTo.map(({ address }) => address);
    if (this.deferNext > 0) {
      this.deferNext -= 1;
      return reply(451, '4.3.0 Try again later');
    }
    if (stream.sizeExceeded) return reply(552, 'The message is too large');
    if (to.includes(ADDRESSES.deferred)) return reply(451, '4.7.1 Greylisted, try again later');
    if (to.includes(ADDRESSES.bounced)) return reply(554, '5.7.1 This looks like spam');
    const mail = await simpleParser(Buffer.concat(chunks), { skipTextToHtml: true, skipHtmlToText: true });
    const sender = session.envelope.mailFrom === false ? '' : session.envelope.mailFrom.address;
    this.#mails.push({
      sender,
      mail: { messageId: mail.messageId ?? '', to: addresses(mail.to), subject: mail.subject ?? '', text: mail.text ?? '', html: typeof mail.html === 'string' ? mail.html : null },
    });
    return to.includes(ADDRESSES.silent) ? 'silence' : null;
  }
}

function recipientReply(address: string): Error | null {
  switch (address) {
    case ADDRESSES.refused: return reply(550, '5.1.1 No such user here');
    case ADDRESSES.full: return reply(552, '5.2.2 The mailbox is full');
    case ADDRESSES.greylisted: return reply(450, '4.2.0 Come back in five minutes');
    default: return null;
  }
}

function addresses(field: AddressObject | AddressObject[] | undefined): string[] {
  const objects = field === undefined ? [] : Array.isArray(field) ? field : [field];
  return objects.flatMap((object) => object.value.map((one) => one.address ?? ''));
}
