import { createHmac, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { must } from './eventually.js';

/** One notification as it arrived. */
export interface Webhook {
  readonly body: string;
  readonly headers: IncomingHttpHeaders;
  readonly path: string;
}

/** Receives what CAVE sends to the notification URL, and answers 200. */
export class WebhookReceiver {
  readonly received: Webhook[] = [];

  private constructor(
    private readonly server: Server,
    /** What the organization is told to notify. */
    readonly url: string,
  ) {}

  /**
   * @param url where CAVE reaches this process; it listens on that port, on every address. Null:
   *   a free port of 127.0.0.1.
   */
  static async start(url: string | null): Promise<WebhookReceiver> {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        receiver.received.push({ body: Buffer.concat(chunks).toString('utf8'), headers: request.headers, path: request.url ?? '' });
        response.writeHead(200).end();
      });
    });
    const given = url === null ? null : new URL(url);
    const port = given === null ? 0 : Number(given.port === '' ? 80 : given.port);
    server.listen(port, given === null ? '127.0.0.1' : '0.0.0.0');
    await once(server, 'listening');
    const receiver: WebhookReceiver = new WebhookReceiver(server, url ?? `http://127.0.0.1:${(server.address() as AddressInfo).port}/walkthrough`);
    return receiver;
  }

  async close(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }
}

/** HMAC-SHA256 over `timestamp.body`, as the documentation tells a receiver to check it. */
export function mustBeSigned({ body, headers }: Webhook, secret: string): void {
  const timestamp = header(headers, 'x-cave-timestamp');
  const signature = Buffer.from(header(headers, 'x-cave-signature'));
  const expected = Buffer.from(`sha256=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`);
  must(signature.length === expected.length && timingSafeEqual(signature, expected), 'The webhook is not signed with the secret of its organization.');
}

function header(headers: IncomingHttpHeaders, name: string): string {
  const value = headers[name];
  must(typeof value === 'string', `The webhook has no header ${name}.`);
  return value;
}
