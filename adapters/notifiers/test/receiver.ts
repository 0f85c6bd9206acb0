import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { AdapterContext, Logger, NotificationRequest, Notification } from '@cave/core';

export interface Received {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** A real HTTP server that keeps what it is sent. */
export class Receiver {
  readonly received: Received[] = [];
  /** Answers each request; by default with an empty 200. */
  answer: (response: ServerResponse, request: Received) => void = (response) => response.end();
  readonly #server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const one = { path: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks).toString('utf8') };
      this.received.push(one);
      this.answer(response, one);
    });
  });

  async listen(host = '127.0.0.1'): Promise<this> {
    this.#server.listen(0, host);
    await once(this.#server, 'listening');
    return this;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  url(path = '/', host = '127.0.0.1'): string {
    return `http://${host}:${String(this.port)}${path}`;
  }

  connections(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.getConnections((error, count) => (error === null ? resolve(count) : reject(error)));
    });
  }

  async close(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    if (this.#server.listening) await once(this.#server, 'close');
  }
}

const logger: Logger = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined, child: () => logger };

export const NOW_MS = 1_700_000_000_500;

export const context: AdapterContext = {
  logger,
  telemetry: { count: () => undefined, gauge: () => undefined, observe: () => undefined },
  clock: { nowMs: () => NOW_MS, monotonicMs: () => performance.now() },
  service: 'worker',
  instanceId: 'test',
};

export function request(url: string, type: Notification['event']['type'] = 'triggered', routing: Record<string, string> | null = null): NotificationRequest {
  return {
    url,
    signingSecret: 's3cret',
    timeoutMs: 5000,
    notification: {
      event: {
        id: 'e-1',
        alertId: '42',
        tick: 1_700_000_000,
        type,
        state: type === 'resolved' ? 'ok' : 'firing',
        health: 'fine',
        since: 1_699_999_940,
        values: [{ time: 1_699_999_950, left: 7, right: 5 }],
        reason: 'condition',
        superseded: false,
      },
      organization: { name: 'gilt', email: 'ops@example.com', notification_url: url },
      team: { name: 'twain' },
      cluster: null,
      alert: { id: '42', description: 'Bestellungen zu hoch ✓', condition: 'orders > 5', period: '1m', enabled: true, handbook_url: 'https://example.com/h', routing },
      url: 'http://cave.example/alerts/42',
    },
  };
}
