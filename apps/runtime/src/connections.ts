import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Which connections of a server have requests that wait for their answers. Node's own
 * `closeIdleConnections` takes one on which nothing was ever asked for a busy one; browsers
 * open such connections ahead of need, and one of them would hold up a stop to the end of its
 * patience.
 */
export class Connections {
  readonly #unanswered = new Map<Socket, number>();
  #ending = false;

  constructor(server: Server) {
    server.on('connection', (socket: Socket) => {
      this.#unanswered.set(socket, 0);
      socket.once('close', () => this.#unanswered.delete(socket));
    });
    server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
      this.#add(socket, 1);
      response.once('close', () => this.#add(socket, -1));
    });
  }

  /** Ends every connection on which nothing waits for an answer: those at once, the others after their last one. */
  endIdle(): void {
    this.#ending = true;
    for (const [socket, unanswered] of this.#unanswered) if (unanswered === 0) socket.destroy();
  }

  #add(socket: Socket, requests: number): void {
    const unanswered = this.#unanswered.get(socket);
    if (unanswered === undefined) return; // closed meanwhile
    this.#unanswered.set(socket, unanswered + requests);
    if (this.#ending && unanswered + requests === 0) socket.end();
  }
}
