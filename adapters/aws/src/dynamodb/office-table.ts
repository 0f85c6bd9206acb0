import { DynamoDBClient, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { CaveError, errorCode, toCaveError, unlessAborted, type Logger } from '@cave/core';
import { clientSettings } from '../client.js';
import { ensureTable } from './ensure-table.js';
import { awsErrorName, toAwsError, type CallKind } from '../errors.js';
import type { DynamoLeaderElectionOptions } from '../leader-election-options.js';
import { extending, freeing, keyOf, seenIn, taking, type Claim, type ItemUpdate, type Seen } from './lease-item.js';

/** Of the lease: an answer that comes later is of no use, the next extension must still fit in. */
const REPLY_WITHIN = 1 / 5;
/** No office has this name. */
const PROBE = '_health_';
/** Health is told within 2 s. */
const PROBE_WITHIN_MS = 1_500;

/** The DynamoDB table of the leases. Each call is made once, and settles within a fifth of the lease. */
export class OfficeTable {
  readonly #client: DynamoDBClient;
  readonly #replyWithinMs: number;
  /** Calls without an answer yet. */
  readonly #underWay = new Set<AbortController>();
  #restoring: Promise<void> | null = null;
  /** Was deleted while this ran: its offices' items say nothing about who holds them. */
  #wasRestored = false;
  readonly #known = new Set<string>();

  constructor(
    private readonly options: DynamoLeaderElectionOptions,
    private readonly logger: Logger,
  ) {
    this.#client = new DynamoDBClient(clientSettings(options));
    this.#replyWithinMs = Math.min(options['request-timeout-ms'], Math.floor(options['lease-ms'] * REPLY_WITHIN));
  }

  /** Makes the table where it is not there. */
  open(signal: AbortSignal): Promise<void> {
    return ensureTable(this.#client, this.options.table, { partition: 'office' }, signal);
  }

  /** By a strongly consistent read. */
  async read(office: string): Promise<Seen> {
    const item = await this.#get(office, this.#replyWithinMs, true);
    const seen = seenIn(item, office, this.options.table);
    if (seen.state !== 'absent') this.#known.add(office);
    return seen;
  }

  /** Throws when the table does not answer. */
  async probe(): Promise<void> {
    await this.#get(PROBE, PROBE_WITHIN_MS, false);
  }

  /** False when the item is no longer as it was seen. */
  take(office: string, seen: Seen, claim: Claim): Promise<boolean> {
    return this.#update(office, taking(seen, claim));
  }

  /** False when the lease is not this claim's any more. */
  extend(office: string, claim: Claim): Promise<boolean> {
    return this.#update(office, extending(claim));
  }

  /** False when there was nothing of this claim to free. */
  free(office: string, claim: Claim): Promise<boolean> {
    return this.#update(office, freeing(claim));
  }

  /** Whether an office may be held although it has no item, because the item is gone. */
  mayHaveForgotten(office: string): boolean {
    return this.#wasRestored || this.#known.has(office);
  }

  /** After the table was found missing: makes it again, once for all who found it so. */
  restore(signal: AbortSignal): Promise<void> {
    this.#restoring ??= this.#restore(signal).finally(() => (this.#restoring = null));
    return this.#restoring;
  }

  /** Ends every call that is under way. */
  close(): void {
    for (const control of this.#underWay) control.abort();
    this.#client.destroy();
  }

  async #restore(signal: AbortSignal): Promise<void> {
    this.#wasRestored = true;
    const { table } = this.options;
    try {
      await this.open(signal);
    } catch (error) {
      throw new CaveError(errorCode(error), `The DynamoDB table "${table}" was deleted while this service ran, and cannot be made again: ${toCaveError(error).message}`, { cause: error });
    }
    this.logger.warn('lease_table_made_again', { table, reason: 'It was deleted while this service ran. Each office is filled again once a lease is over.' });
  }

  async #get(office: string, withinMs: number, isConsistent: boolean) {
    const command = new GetItemCommand({ TableName: this.options.table, Key: keyOf(office), ConsistentRead: isConsistent });
    const { Item } = await this.#call('GetItem', 'reads', withinMs, (abortSignal) => this.#client.send(command, { abortSignal }));
    return Item;
  }

  async #update(office: string, update: ItemUpdate): Promise<boolean> {
    const command = new UpdateItemCommand({ TableName: this.options.table, Key: keyOf(office), ...update });
    try {
      await this.#call('UpdateItem', 'writes', this.#replyWithinMs, (abortSignal) => this.#client.send(command, { abortSignal }));
      return true;
    } catch (error) {
      if (error instanceof CaveError && awsErrorName(error.cause) === 'ConditionalCheckFailedException') return false;
      throw error;
    }
  }

  /** The SDK's own time-outs cover neither an answer that begins and does not end, nor the search for credentials, which heeds no signal either. */
  async #call<T>(action: string, kind: CallKind, withinMs: number, send: (abortSignal: AbortSignal) => Promise<T>): Promise<T> {
    const what = `DynamoDB ${action} on "${this.options.table}"`;
    const control = new AbortController();
    const timer = setTimeout(() => control.abort(), withinMs);
    this.#underWay.add(control);
    try {
      return await unlessAborted(send(control.signal), control.signal);
    } catch (error) {
      if (control.signal.aborted) throw new CaveError(kind === 'writes' ? 'unknown_outcome' : 'unavailable', `${what} was not answered within ${withinMs} ms.`, { cause: error });
      throw toAwsError(error, what, kind);
    } finally {
      clearTimeout(timer);
      this.#underWay.delete(control);
    }
  }
}
