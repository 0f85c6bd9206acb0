import type { Outcomes, Outgoing, Publisher } from './publisher.js';
import { encode, encodeUnreadable, type Delivered } from './work-queue-envelope.js';
import type { Topology } from './work-queue-topology.js';

/**
 * Puts a job into another place, or into the same with another attempt count. The caller then
 * acknowledges the delivery it came by. Between the two a connection may break: the job is then
 * twice there, never lost.
 */
export class JobMover {
  constructor(
    private readonly publisher: Publisher,
    private readonly topology: Topology,
  ) {}

  put(messages: readonly Outgoing[]): Promise<Outcomes> {
    return this.publisher.publish(messages);
  }

  dead({ id, body, attempt }: Delivered, reason: string): Outgoing {
    return this.#toDead(body, encode({ id, attempts: attempt, remainingMs: 0 }, reason));
  }

  /** Delivered once more than it had attempts. */
  exhausted({ id, body, attempt }: Delivered): Outgoing {
    return this.#toDead(body, encode({ id, attempts: attempt - 1, remainingMs: 0 }, 'The process that held the job ended, or lost its connection, at its last attempt.'));
  }

  unreadable(body: Uint8Array): Outgoing {
    return this.#toDead(body, encodeUnreadable('The message is no job of CAVE: its envelope cannot be read.'));
  }

  /** After this delivery; it counts. */
  delayed({ id, body, attempt }: Delivered, delayMs: number): Outgoing {
    return this.#hidden(id, body, attempt, delayMs);
  }

  /** Its delay is not over: this delivery counts for nothing. */
  delayedFurther({ id, body, attempt, remainingMs }: Delivered): Outgoing {
    return this.#hidden(id, body, attempt - 1, remainingMs);
  }

  /** Fetched and handed to nobody: this delivery counts for nothing. */
  unused({ id, body, attempt }: Delivered): Outgoing {
    return { exchange: '', routingKey: this.topology.queue, body, properties: encode({ id, attempts: attempt - 1, remainingMs: 0 }) };
  }

  #hidden(id: string, body: Uint8Array, attempts: number, delayMs: number): Outgoing {
    const { queue, remainingMs } = this.topology.hop(delayMs);
    return { exchange: '', routingKey: queue, body, properties: encode({ id, attempts, remainingMs }) };
  }

  #toDead(body: Uint8Array, properties: Outgoing['properties']): Outgoing {
    return { exchange: this.topology.dead, routingKey: '', body, properties };
  }
}
