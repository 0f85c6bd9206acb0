import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';

/** Answers one line of the client; null says nothing. Lines of a message are not asked about, its end is, as `.`. */
export type Script = (line: string, socket: Socket) => string | null;

/** An SMTP server that says what a test tells it to: what no honest server would. */
export class ScriptedServer {
  /** Every line that came, of all connections. */
  readonly heard: string[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer((socket) => this.#serve(socket));

  constructor(
    private readonly script: Script,
    private readonly greeting: string | null = '220 scripted ESMTP',
  ) {}

  async listen(): Promise<this> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return this;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => undefined); // the client may reset
    let rest = '';
    let inMessage = false;
    if (this.greeting !== null) socket.write(`${this.greeting}\r\n`);
    socket.on('data', (chunk: Buffer) => {
      const lines = (rest + chunk.toString('latin1')).split('\r\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        this.heard.push(line);
        if (inMessage && line !== '.') continue;
        inMessage = false;
        const answer = this.script(line, socket);
        if (answer === null || socket.destroyed) continue;
        inMessage = answer.startsWith('354');
        socket.write(`${answer}\r\n`);
      }
    });
  }
}
