import { once } from 'node:events';
import { Socket } from 'node:net';

/** How long a server may take to say goodbye. */
const GOODBYE_PATIENCE_MS = 1_000;

/**
 * The sockets of one pool, made here so that they can be looked after: `pg` waits for ever on a
 * connection whose server answers no more, and calls its pool ended while sockets are open.
 */
export class Sockets {
  readonly #open = new Set<Socket>();

  /** A connection on which nothing comes or goes for `patienceMs` is dropped. */
  constructor(private readonly patienceMs: number) {}

  /** As `pg` asks for it: not connected yet. */
  create(): Socket {
    const socket = new Socket();
    this.#open.add(socket);
    socket.once('close', () => this.#open.delete(socket));
    socket.setTimeout(this.patienceMs, () => {
      socket.destroy(Object.assign(new Error(`nothing came for ${String(this.patienceMs)} ms`), { code: 'ETIMEDOUT' }));
    });
    return socket;
  }

  /** Whatever is in flight fails. */
  destroy(): void {
    for (const socket of this.#open) socket.destroy();
  }

  /** Resolves once all are closed, which is helped along where the server does not answer the goodbye. */
  async closed(): Promise<void> {
    const timer = setTimeout(() => this.destroy(), GOODBYE_PATIENCE_MS);
    await Promise.all([...this.#open].map((socket) => once(socket, 'close')));
    clearTimeout(timer);
  }
}
