import type { QueueAttributeName } from '@aws-sdk/client-sqs';
import { CaveError, errorCode, pause, toCaveError, type Logger } from '@cave/core';
import { awsErrorName } from './errors.js';
import type { QueueAddress, SqsCalls } from './work-queue-calls.js';
import { deadLetterQueue, type SqsWorkQueueOptions } from './work-queue-options.js';

const SECONDS_PER_DAY = 86_400;
/** SQS lets a name be used again after this. */
const DELETED_RECENTLY_MS = 60_000;
/** A queue can be used a second after it was made (SQS API Reference, CreateQueue). */
const SETTLES_MS = 1_000;
const MOST_LOOKS = 5;

/**
 * The job queue and its dead-letter queue: where they are, and that they are.
 *
 * ```
 *   unknown ──GetQueueUrl──▶ known ──"no such queue"──▶ unknown
 *      └── missing ──CreateQueue──▶ known
 * ```
 *
 * Each service makes only the calls that its part needs, so that its policy can be as small:
 * whoever publishes asks for the job queue's address and no more; whoever receives asks for
 * the other address too, and once how the queue is set. A queue that somebody made otherwise
 * is used as it is; what that changes is said in the log.
 */
export class Queues {
  readonly #jobs: Place;
  readonly #dead: Place;
  #checked: Promise<void> | null = null;

  constructor(
    private readonly calls: SqsCalls,
    private readonly options: SqsWorkQueueOptions,
    private readonly logger: Logger,
    private readonly closing: AbortSignal,
  ) {
    const days = (count: number): string => String(count * SECONDS_PER_DAY);
    this.#dead = new Place(deadLetterQueue(options), calls, logger, () => Promise.resolve({ MessageRetentionPeriod: days(options['dead-letter-retention-days']) }));
    this.#jobs = new Place(options.queue, calls, logger, async () => ({
      MessageRetentionPeriod: days(options['retention-days']),
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn: await this.#arnOfDead(), maxReceiveCount: options['max-attempts'] }),
    }));
  }

  /** Of the queue that jobs are in; made when it is missing, and the other before it. */
  jobs(): Promise<QueueAddress> {
    return this.#jobs.address();
  }

  dead(): Promise<QueueAddress> {
    return this.#dead.address();
  }

  /** Before the first receive: finds the dead-letter queue, and says where the job queue is set otherwise than CAVE would. */
  async readyToReceive(): Promise<QueueAddress> {
    const jobs = await this.#jobs.address();
    await this.#dead.address();
    this.#checked ??= this.#check(jobs).catch((error: unknown) => {
      this.#checked = null;
      throw error;
    });
    await this.#checked;
    return jobs;
  }

  /** The error as a caller should see it; one that says that a queue is gone makes the next call look, and make it anew. */
  seen(error: CaveError, queue: QueueAddress): CaveError {
    if (error.code !== 'not_found') return error;
    this.#checked = null;
    return (queue.name === this.options.queue ? this.#jobs : this.#dead).gone(queue, error);
  }

  async #arnOfDead(): Promise<string> {
    // Looked for anew: where one is gone, the other may be.
    const dead = await this.#dead.address(true);
    for (let looks = 1; ; looks++) {
      try {
        const { QueueArn: arn } = await this.calls.attributes(dead, ['QueueArn']);
        if (arn === undefined) throw new CaveError('internal', `SQS told no ARN of the queue "${dead.name}".`);
        return arn;
      } catch (error) {
        if (errorCode(error) !== 'not_found' || looks >= MOST_LOOKS || this.closing.aborted) throw this.seen(toCaveError(error), dead);
        await pause(SETTLES_MS, this.closing);
      }
    }
  }

  async #check(jobs: QueueAddress): Promise<void> {
    let found: Readonly<Record<string, string>>;
    try {
      found = await this.calls.attributes(jobs, ['RedrivePolicy', 'MaximumMessageSize']);
    } catch (error) {
      if (errorCode(error) !== 'forbidden') throw this.seen(toCaveError(error), jobs);
      this.logger.info('work_queue_not_checked', { queue: jobs.name, reason: toCaveError(error).message });
      return;
    }
    for (const difference of this.#differences(jobs.name, found)) this.logger.warn('work_queue_differs', { queue: jobs.name, difference });
  }

  /**
   * None for a queue without a redrive policy, or with one that comes later: then whoever
   * receives a job beyond its last attempt puts it aside. Nor for its visibility time-out and
   * its delay: each call names its own.
   */
  *#differences(name: string, { RedrivePolicy: redrive, MaximumMessageSize: size }: Readonly<Record<string, string>>): Iterable<string> {
    const dead = deadLetterQueue(this.options);
    const attempts = this.options['max-attempts'];
    if (redrive !== undefined && redrive !== '') {
      const { deadLetterTargetArn: arn, maxReceiveCount: count } = JSON.parse(redrive) as { readonly deadLetterTargetArn?: string; readonly maxReceiveCount?: number | string };
      const target = arn?.slice(arn.lastIndexOf(':') + 1);
      if (target !== dead) yield `The redrive policy of the SQS queue "${name}" names "${target ?? ''}", and work-queue.dead-letter-queue is "${dead}": jobs whose leases expire and jobs that are given up end in different queues. Make the two the same.`;
      if (Number(count) < attempts) yield `The redrive policy of the SQS queue "${name}" moves a job after ${String(count)} deliveries, and work-queue.max-attempts is ${String(attempts)}: the policy decides. Make the two the same.`;
    }
    const most = this.options['max-message-bytes'];
    if (size !== undefined && Number(size) < most) yield `The SQS queue "${name}" takes messages of up to ${size} bytes, and work-queue.max-message-bytes is ${String(most)}: larger jobs are refused. Make the two the same.`;
  }
}

/** One queue by name. */
class Place {
  #address: Promise<QueueAddress> | null = null;
  #wasThere = false;

  constructor(
    private readonly name: string,
    private readonly calls: SqsCalls,
    private readonly logger: Logger,
    private readonly attributes: () => Promise<Partial<Record<QueueAttributeName, string>>>,
  ) {}

  /** Callers at the same time share one look. */
  address(anew = false): Promise<QueueAddress> {
    if (anew) this.#address = null;
    this.#address ??= this.#findOrMake().catch((error: unknown) => {
      this.#address = null;
      throw error;
    });
    return this.#address;
  }

  gone(address: QueueAddress, error: CaveError): CaveError {
    this.#address = null;
    return new CaveError('unavailable', `The SQS queue "${address.name}" does not exist any more. It is made again by the next call, if the credentials allow it.`, { cause: error, details: error.details });
  }

  async #findOrMake(): Promise<QueueAddress> {
    const { name } = this;
    const url = (await this.#find()) ?? (await this.#make());
    this.#wasThere = true;
    return { name, url };
  }

  async #find(): Promise<string | null> {
    try {
      return await this.calls.urlOf(this.name);
    } catch (error) {
      if (errorCode(error) === 'not_found') return null;
      throw error;
    }
  }

  async #make(): Promise<string> {
    const { name } = this;
    try {
      // A call that comes before the queue can be used finds none, says so, and the next one
      // looks, and if need be makes it, again: that is no error.
      const url = await this.calls.create(name, await this.attributes());
      this.logger.info('work_queue_created', { queue: name });
      return url;
    } catch (error) {
      const failure = toCaveError(error);
      // Somebody else was faster, with other attributes: theirs are as good.
      if (failure.code === 'conflict') return this.calls.urlOf(name);
      if (/QueueDeletedRecently$/.test(awsErrorName(failure.cause))) {
        throw new CaveError('unavailable', `The SQS queue "${name}" was deleted less than ${DELETED_RECENTLY_MS / 1000} s ago; until then SQS does not let it be made again.`, { cause: error, retryAfterMs: DELETED_RECENTLY_MS });
      }
      // At start a person is there to read it; later, whoever may make the queue does it at its next start.
      if (failure.code === 'forbidden') {
        throw new CaveError(this.#wasThere ? 'unavailable' : 'configuration', `The SQS queue "${name}" does not exist, or is not to be seen by these credentials in this region, and they may not make it. Make it, or allow sqs:CreateQueue and sqs:GetQueueAttributes. (${failure.message})`, { cause: error });
      }
      throw error;
    }
  }
}
