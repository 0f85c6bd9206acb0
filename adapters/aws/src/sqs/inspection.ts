import type { Message } from '@aws-sdk/client-sqs';
import type { CaveError, DeadJob, QueueDepth } from '@cave/core';
import { toAwsError } from '../errors.js';
import type { QueueAddress, SqsCalls } from './calls.js';
import { DEAD_ATTRIBUTES, decodeDead } from './envelope.js';
import type { Queues } from './queues.js';
import { LONGEST_BATCH } from './batches.js';

const READY = 'ApproximateNumberOfMessages';
const HIDDEN = 'ApproximateNumberOfMessagesNotVisible';
const DELAYED = 'ApproximateNumberOfMessagesDelayed';

/** Long enough for a look, short for whoever looks after a process that died while it looked. */
const LOOK_SECONDS = 30;
/** A request that does not wait may find nothing although there is something: SQS asks only some of its servers then. */
const LOOK_WAIT_SECONDS = 1;

/** Looks at the queues and leaves them as they are. */
export class Inspection {
  #turn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly calls: SqsCalls,
    private readonly queues: Queues,
    private readonly maxAttempts: number,
  ) {}

  /**
   * SQS's own figures, which it calls approximate and may tell a minute late. It does not tell a
   * leased job from one that a nack has hidden: `hidden` is how many of those this process knows
   * of; the others count as leased.
   */
  async depth(hidden: () => number): Promise<QueueDepth> {
    const [jobs, dead] = await Promise.all([this.#figures(await this.queues.jobs()), this.#figures(await this.queues.dead())]);
    const delayed = Math.min(hidden(), jobs.hidden);
    return { ready: jobs.ready, leased: jobs.hidden - delayed, delayed: jobs.delayed + delayed, dead: dead.ready + dead.hidden + dead.delayed };
  }

  /**
   * Receives up to `limit` dead letters and shows them again. That counts as a delivery of each,
   * which means nothing there: the dead-letter queue gives nothing up. Who looks at the same
   * time in another process sees the rest; one look at a time in this one.
   */
  deadLetters(limit: number): Promise<readonly DeadJob[]> {
    const turn = this.#turn.then(() => this.#look(limit));
    this.#turn = turn.catch(() => undefined); // told to its caller
    return turn;
  }

  async #figures(queue: QueueAddress): Promise<{ readonly ready: number; readonly hidden: number; readonly delayed: number }> {
    try {
      const { [READY]: ready, [HIDDEN]: hidden, [DELAYED]: delayed } = await this.calls.attributes(queue, [READY, HIDDEN, DELAYED]);
      return { ready: Number(ready), hidden: Number(hidden), delayed: Number(delayed) };
    } catch (error) {
      throw this.#seen(error, queue);
    }
  }

  async #look(limit: number): Promise<readonly DeadJob[]> {
    const dead = await this.queues.dead();
    const found: Message[] = [];
    try {
      while (found.length < limit) {
        const messages = await this.calls.receive(dead, {
          maxMessages: Math.min(limit - found.length, LONGEST_BATCH),
          waitSeconds: LOOK_WAIT_SECONDS,
          visibilitySeconds: LOOK_SECONDS,
          attributes: DEAD_ATTRIBUTES,
        });
        if (messages.length === 0) break;
        found.push(...messages);
      }
      return found.map((message) => decodeDead(message, this.maxAttempts));
    } catch (error) {
      throw this.#seen(error, dead);
    } finally {
      // What cannot be shown again now comes back by itself.
      await this.calls.hide(dead, found.map(({ ReceiptHandle: receipt = '' }) => ({ receipt, seconds: 0 })));
    }
  }

  #seen(error: unknown, queue: QueueAddress): CaveError {
    return this.queues.seen(toAwsError(error, `SQS on "${queue.name}"`, 'reads'), queue);
  }
}
