import {
  ChangeMessageVisibilityBatchCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SQSClient,
  type BatchResultErrorEntry,
  type Message,
  type MessageAttributeValue,
  type QueueAttributeName,
} from '@aws-sdk/client-sqs';
import { Background, CaveError } from '@cave/core';
import { clientSettings } from '../client.js';
import { toAwsError, type CallKind } from '../errors.js';
import { inBatches, LONGEST_BATCH, Slots } from './batches.js';
import type { SqsWorkQueueOptions } from '../work-queue-options.js';

/** A queue by the name that people know and the address that SQS wants. */
export interface QueueAddress {
  readonly name: string;
  readonly url: string;
}

export interface Outgoing {
  readonly text: string;
  readonly attributes?: Record<string, MessageAttributeValue>;
}

/** What SQS said of one entry: done, that the receipt is no longer good, or why it was not done. */
export type Told = 'ok' | 'lost' | CaveError;

export interface Poll {
  readonly maxMessages: number;
  readonly waitSeconds: number;
  readonly visibilitySeconds: number;
  readonly attributes?: readonly string[];
}

interface Options {
  readonly abortSignal: AbortSignal;
}

interface BatchAnswer {
  readonly Successful?: readonly { readonly Id?: string | undefined }[] | undefined;
  readonly Failed?: readonly BatchResultErrorEntry[] | undefined;
}

/** Calls that one signal ends. A signal has one listener for all of them: Node warns of more than ten. */
interface Scope {
  readonly controls: Set<AbortController>;
  aborted: boolean;
}

/** Below the client's number of connections: a request that waits for one would look like a server that cannot be reached. */
const MOST_CALLS = 24;
const MOST_POLLS = 32;
const STATUS_REFUSED = 400;
const STATUS_BROKEN = 500;
/** An old receipt is told in several ways, by age of the receipt and by action. Those of size or form cannot occur: they are checked before. */
const RECEIPT_IS_OLD = new Set(['ReceiptHandleIsInvalid', 'InvalidParameterValue', 'MessageNotInflight', 'AWS.SimpleQueueService.MessageNotInflight']);

/**
 * SQS's actions with core's errors. Each is tried once. Batches go out as several calls at
 * once, and every entry is told of by itself, also when the call that it was in failed.
 */
export class SqsCalls {
  readonly #client: SQSClient;
  readonly #inFlight = new Background();
  readonly #controls = new Set<AbortController>();
  readonly #slots = new Slots(MOST_CALLS);
  readonly #pollSlots = new Slots(MOST_POLLS);
  #ended = false;

  constructor(private readonly options: SqsWorkQueueOptions) {
    // A queue's URL names a host that the way to SQS need not lead over, such as a VPC endpoint.
    this.#client = new SQSClient({ ...clientSettings(options), useQueueUrlAsEndpoint: false });
  }

  async urlOf(name: string, signal?: AbortSignal): Promise<string> {
    const command = new GetQueueUrlCommand({ QueueName: name });
    const { QueueUrl } = await this.#until(signal, (scope) => this.#call(`SQS GetQueueUrl of "${name}"`, 'reads', (options) => this.#client.send(command, options), { scope }));
    return told(QueueUrl, 'GetQueueUrl', name);
  }

  async create(name: string, attributes: Partial<Record<QueueAttributeName, string>>): Promise<string> {
    const command = new CreateQueueCommand({ QueueName: name, Attributes: attributes });
    const { QueueUrl } = await this.#call(`SQS CreateQueue "${name}"`, 'writes', (options) => this.#client.send(command, options));
    return told(QueueUrl, 'CreateQueue', name);
  }

  async attributes({ name, url }: QueueAddress, names: readonly QueueAttributeName[]): Promise<Readonly<Record<string, string>>> {
    const command = new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: [...names] });
    const { Attributes } = await this.#call(`SQS GetQueueAttributes of "${name}"`, 'reads', (options) => this.#client.send(command, options));
    return Attributes ?? {};
  }

  /** Each in a message of its own, in as few calls as their sizes allow. */
  send(queue: QueueAddress, messages: readonly Outgoing[], signal?: AbortSignal): Promise<readonly Told[]> {
    return this.#batch(`SQS SendMessageBatch to "${queue.name}"`, inBatches(messages, this.options['max-message-bytes'], sizeOf), signal, (batch, options) => {
      // A delay that somebody has set for the whole queue is not for jobs.
      const entries = batch.map(({ text, attributes }, i) => ({ Id: String(i), MessageBody: text, DelaySeconds: 0, ...(attributes && { MessageAttributes: attributes }) }));
      return this.#client.send(new SendMessageBatchCommand({ QueueUrl: queue.url, Entries: entries }), options);
    });
  }

  remove(queue: QueueAddress, receipts: readonly string[]): Promise<readonly Told[]> {
    return this.#batch(`SQS DeleteMessageBatch on "${queue.name}"`, inBatches(receipts), undefined, (batch, options) => {
      const entries = batch.map((receipt, i) => ({ Id: String(i), ReceiptHandle: receipt }));
      return this.#client.send(new DeleteMessageBatchCommand({ QueueUrl: queue.url, Entries: entries }), options);
    });
  }

  /** From when SQS gets it; 0 shows the messages to everybody at once. */
  hide(queue: QueueAddress, messages: readonly { readonly receipt: string; readonly seconds: number }[]): Promise<readonly Told[]> {
    return this.#batch(`SQS ChangeMessageVisibilityBatch on "${queue.name}"`, inBatches(messages), undefined, (batch, options) => {
      const entries = batch.map(({ receipt, seconds }, i) => ({ Id: String(i), ReceiptHandle: receipt, VisibilityTimeout: seconds }));
      return this.#client.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: queue.url, Entries: entries }), options);
    });
  }

  /** `began` runs right before the request is sent: from then on the messages may be ours. */
  async receive(queue: QueueAddress, { maxMessages, waitSeconds, visibilitySeconds, attributes }: Poll, began: () => void = () => undefined): Promise<readonly Message[]> {
    const command = new ReceiveMessageCommand({
      QueueUrl: queue.url,
      MaxNumberOfMessages: Math.min(maxMessages, LONGEST_BATCH),
      WaitTimeSeconds: waitSeconds,
      VisibilityTimeout: visibilitySeconds,
      MessageSystemAttributeNames: ['ApproximateReceiveCount'],
      ...(attributes && { MessageAttributeNames: [...attributes] }),
    });
    const action = (options: Options): Promise<{ readonly Messages?: Message[] | undefined }> => {
      began();
      return this.#client.send(command, { ...options, requestTimeout: waitSeconds * 1000 + this.options['request-timeout-ms'] });
    };
    const { Messages } = await this.#call(`SQS ReceiveMessage on "${queue.name}"`, 'reads', action, { slots: this.#pollSlots });
    return Messages ?? [];
  }

  /** Resolves when nothing is in flight, or when the signal fires. */
  settled(signal: AbortSignal): Promise<void> {
    return this.#inFlight.ended(signal);
  }

  /** Ends what is in flight. */
  end(): void {
    this.#ended = true;
    for (const control of this.#controls) control.abort();
    this.#client.destroy();
  }

  #batch<T>(what: string, batches: readonly (readonly T[])[], signal: AbortSignal | undefined, send: (batch: readonly T[], options: Options) => Promise<BatchAnswer>): Promise<readonly Told[]> {
    return this.#until(signal, async (scope) => {
      const one = async (batch: readonly T[]): Promise<readonly Told[]> => {
        try {
          const answer = await this.#call(what, 'writes', (options) => send(batch, options), { scope });
          return batch.map((_, i) => entryOf(answer, String(i), what));
        } catch (error) {
          const failure = toAwsError(error, what, 'writes');
          return batch.map(() => failure);
        }
      };
      return (await Promise.all(batches.map(one))).flat();
    });
  }

  async #until<T>(signal: AbortSignal | undefined, work: (scope: Scope) => Promise<T>): Promise<T> {
    const scope: Scope = { controls: new Set(), aborted: signal?.aborted === true };
    const onAbort = (): void => {
      scope.aborted = true;
      for (const control of scope.controls) control.abort();
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      return await work(scope);
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  async #call<T>(what: string, kind: CallKind, action: (options: Options) => Promise<T>, { scope, slots = this.#slots }: { readonly scope?: Scope; readonly slots?: Slots } = {}): Promise<T> {
    const control = new AbortController();
    if (this.#ended || scope?.aborted === true) control.abort();
    this.#controls.add(control);
    scope?.controls.add(control);
    try {
      return await this.#inFlight.run(slots.run(() => action({ abortSignal: control.signal })));
    } catch (error) {
      throw toAwsError(error, what, kind);
    } finally {
      this.#controls.delete(control);
      scope?.controls.delete(control);
    }
  }
}

function entryOf({ Successful, Failed }: BatchAnswer, id: string, what: string): Told {
  if (Successful?.some(({ Id }) => Id === id)) return 'ok';
  const failed = Failed?.find(({ Id }) => Id === id);
  if (failed === undefined) return new CaveError('unknown_outcome', `${what} did not say what became of one of its entries.`);
  const { Code: code = '', Message: message = '', SenderFault: ours = false } = failed;
  if (RECEIPT_IS_OLD.has(code) && !what.includes('SendMessageBatch')) return 'lost';
  // What was told to have failed was not done, whoever is at fault: that is no unknown outcome.
  const error = Object.assign(new Error(message), { name: code, $metadata: { httpStatusCode: ours ? STATUS_REFUSED : STATUS_BROKEN } });
  return toAwsError(error, what, 'reads');
}

function sizeOf({ text, attributes = {} }: Outgoing): number {
  let bytes = Buffer.byteLength(text);
  for (const [name, { DataType = '', StringValue = '' }] of Object.entries(attributes)) bytes += Buffer.byteLength(name) + DataType.length + Buffer.byteLength(StringValue);
  return bytes;
}

function told(url: string | undefined, action: string, name: string): string {
  if (url === undefined) throw new CaveError('internal', `SQS answered ${action} of "${name}" without the queue's URL.`);
  return url;
}
