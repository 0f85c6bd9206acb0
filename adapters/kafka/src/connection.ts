import { CaveError, throwIfAborted, type Health, type Logger } from '@cave/core';
import { KafkaClient } from './client.js';
import { asUnavailable, messageOf } from './errors.js';
import type { KafkaConnectionOptions } from './options.js';
import { settledWithin } from './patience.js';
import { ensureTopic, TopicView, type TopicSpec } from './topic.js';

const HEALTH_PATIENCE_MS = 1_500;

/** The cluster with the topics that one adapter uses: made or checked at the start, looked at again now and then. */
export class Connection {
  readonly #refresh: NodeJS.Timeout;

  private constructor(
    readonly client: KafkaClient,
    private readonly topics: readonly TopicView[],
    refreshMs: number,
    private readonly logger: Logger,
  ) {
    this.#refresh = setInterval(() => void this.#look(), refreshMs);
  }

  /** Throws `configuration` for what only people can put right, `unavailable` for what may pass, `aborted`. */
  static async open(options: KafkaConnectionOptions & { readonly 'metadata-refresh-ms': number }, specs: readonly TopicSpec[], logger: Logger, signal: AbortSignal): Promise<Connection> {
    const client = new KafkaClient(options, logger);
    const giveUp = (): void => client.close();
    signal.addEventListener('abort', giveUp, { once: true });
    try {
      const topics: TopicView[] = [];
      for (const spec of specs) {
        const view = new TopicView(client, spec.name);
        await ensureTopic(client, view, spec, logger, signal);
        topics.push(view);
      }
      throwIfAborted(signal);
      return new Connection(client, topics, options['metadata-refresh-ms'], logger);
    } catch (error) {
      client.close();
      throwIfAborted(signal);
      throw startError(error);
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
  }

  topic(index: number): TopicView {
    const view = this.topics[index];
    if (view === undefined) throw new CaveError('internal', `There is no topic number ${index}.`);
    return view;
  }

  /** Asks the brokers for the topics. */
  async health(): Promise<Health> {
    const answer = Promise.all(this.topics.map((topic) => topic.refresh())).then(() => null, messageOf);
    const failure = await settledWithin(HEALTH_PATIENCE_MS, answer);
    if (failure !== null) return { healthy: false, detail: failure ?? `Kafka at ${this.client.place} does not answer.` };
    for (const topic of this.topics) {
      const partition = topic.partitions.find((one) => topic.leader(one) < 0);
      if (partition !== undefined) return { healthy: false, detail: `No broker of Kafka at ${this.client.place} leads partition ${partition} of the topic "${topic.name}" now.` };
    }
    return { healthy: true };
  }

  close(): void {
    clearInterval(this.#refresh);
    this.client.close();
  }

  async #look(): Promise<void> {
    for (const topic of this.topics) await topic.refresh().catch((error: unknown) => this.logger.debug('kafka_metadata_failed', { topic: topic.name, reason: messageOf(error) })); // looked at again
  }
}

function startError(error: unknown): CaveError {
  const caught = asUnavailable(error);
  return caught.code === 'forbidden' ? new CaveError('configuration', caught.message, { cause: caught }) : caught;
}
