import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A TCP proxy on loopback whose connections can be cut, as a network between client and server. */
export class CutProxy {
  readonly #sockets = new Set<Socket>();
  #isCut = false;
  #losesAnswers = false;

  private constructor(
    private readonly server: Server,
    private readonly target: { readonly host: string; readonly port: number },
  ) {
    server.on('connection', (client) => this.#relay(client));
  }

  /** `port` 0 picks a free one. */
  static async start(target: { readonly host: string; readonly port: number }, port = 0): Promise<CutProxy> {
    const server = createServer();
    const proxy = new CutProxy(server, target);
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Resets every connection and lets no new one through, until the result is called. */
  cut(): Promise<() => Promise<void>> {
    this.#isCut = true;
    for (const socket of this.#sockets) socket.resetAndDestroy();
    return Promise.resolve(() => {
      this.#isCut = false;
      return Promise.resolve();
    });
  }

  /** Lets requests through and resets the connection instead of letting an answer back, until the result is called. */
  loseAnswers(): Promise<() => Promise<void>> {
    this.#losesAnswers = true;
    return Promise.resolve(() => {
      this.#losesAnswers = false;
      return Promise.resolve();
    });
  }

  async close(): Promise<void> {
    this.server.close();
    for (const socket of this.#sockets) socket.destroy();
    await once(this.server, 'close');
  }

  #relay(client: Socket): void {
    if (this.#isCut) {
      client.resetAndDestroy();
      return;
    }
    const upstream = connect(this.target);
    upstream.on('data', () => {
      if (this.#losesAnswers) client.resetAndDestroy();
    });
    for (const [socket, other] of [[client, upstream], [upstream, client]] as const) {
      this.#sockets.add(socket);
      socket.setNoDelay(true);
      socket.pipe(other);
      // A reset is what a cut looks like; the close that follows it ends the other side too.
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    }
  }
}
