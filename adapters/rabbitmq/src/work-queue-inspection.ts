import type { Channel, ConsumeMessage } from 'amqplib';
import type { DeadJob, QueueDepth } from '@cave/core';
import type { Line } from './link.js';
import { decodeDead } from './work-queue-envelope.js';
import type { Topology } from './work-queue-topology.js';

/** For dead letters that another process is looking at: they come back when it is done. */
const LOOK_PATIENCE_MS = 2_000;

/** Looks at the queues and leaves them as they are. One look at a time: what is looked at is hidden meanwhile. */
export class Inspection {
  #turn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly topology: Topology,
    private readonly maxAttempts: number,
  ) {}

  /** The server tells only what is ready: `leased` is what this process holds. */
  depth(control: Channel, fetched: () => number, leased: () => number): Promise<QueueDepth> {
    return this.#inTurn(async () => {
      const dead = await ready(control, this.topology.dead);
      let delayed = 0;
      for (const queue of this.topology.delays) delayed += await ready(control, queue);
      return { ready: (await ready(control, this.topology.queue)) + fetched(), leased: leased(), delayed, dead };
    });
  }

  /** Fetches up to `limit` dead letters and gives them back. */
  deadLetters(line: Line, limit: number): Promise<readonly DeadJob[]> {
    return this.#inTurn(async () => {
      const channel = await line.channel();
      try {
        const there = await ready(channel, this.topology.dead);
        const wanted = Math.min(limit, there, 65_535);
        if (wanted < 1) return [];
        const messages = await this.#look(channel, wanted);
        channel.nackAll(true);
        await this.#untilBack(channel, there);
        return messages.map((message) => decodeDead(message, this.maxAttempts));
      } finally {
        await channel.close().catch(() => undefined); // the connection ended, and the channel with it
      }
    });
  }

  async #look(channel: Channel, wanted: number): Promise<readonly ConsumeMessage[]> {
    const messages: ConsumeMessage[] = [];
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(resolve, LOOK_PATIENCE_MS);
      const end = (): void => {
        clearTimeout(timer);
        resolve();
      };
      channel.once('close', end);
      const arrived = (message: ConsumeMessage | null): void => {
        if (message !== null) messages.push(message);
        if (message === null || messages.length >= wanted) end();
      };
      Promise.all([channel.prefetch(wanted), channel.consume(this.topology.dead, arrived, { consumerTag: 'look' })]).catch((error: unknown) => {
        clearTimeout(timer);
        reject(error);
      });
    });
    await channel.cancel('look');
    return messages;
  }

  /** The server takes them back a moment after it was told to; who asks for the depth next shall see them. */
  async #untilBack(channel: Channel, there: number): Promise<void> {
    const end = performance.now() + LOOK_PATIENCE_MS;
    while ((await ready(channel, this.topology.dead)) < there && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  #inTurn<T>(look: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(look);
    this.#turn = turn.catch(() => undefined); // told to its caller
    return turn;
  }
}

const ready = async (channel: Channel, queue: string): Promise<number> => (await channel.checkQueue(queue)).messageCount;
