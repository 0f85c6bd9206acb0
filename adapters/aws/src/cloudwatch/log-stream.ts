import { CloudWatchLogsClient, CreateLogStreamCommand, PutLogEventsCommand, type RejectedLogEventsInfo } from '@aws-sdk/client-cloudwatch-logs';
import { CaveError } from '@cave/core';
import { clientSettings } from '../client.js';
import { awsErrorName, toAwsError } from '../errors.js';
import type { LogEvent } from './log-queue.js';
import { checkedConnection, type LogSinkOptions } from '../log-sink-options.js';

/** What became of a batch. */
export interface Shipped {
  /** Too old, too new or expired: CloudWatch Logs keeps the rest and these never. */
  readonly rejected: number;
  /** The whole batch was refused, for this reason, and would be again. */
  readonly refused?: string;
}

/** One stream in CloudWatch Logs. Each call asks once. */
export class LogStream {
  readonly #client: CloudWatchLogsClient;
  #isMade = false;

  /** Throws `configuration`. No I/O. */
  constructor(private readonly options: LogSinkOptions) {
    this.#client = new CloudWatchLogsClient(clientSettings(checkedConnection(options)));
  }

  /**
   * A batch whose answer is lost may be there already; sent again it is there twice, which is
   * better than not at all. Throws a CaveError; nothing was refused then.
   */
  async put(batch: readonly LogEvent[], abortSignal: AbortSignal): Promise<Shipped> {
    if (this.#isMade) {
      const shipped = await this.#putOnce(batch, abortSignal);
      if (shipped !== 'missing') return shipped;
    }
    await this.#make(abortSignal);
    const shipped = await this.#putOnce(batch, abortSignal);
    if (shipped === 'missing') throw new CaveError('not_found', `The log stream "${this.options.stream}" in "${this.options.group}" was made and is not there.`);
    return shipped;
  }

  close(): void {
    this.#client.destroy();
  }

  /** `missing`: the stream or its group was deleted meanwhile. */
  async #putOnce(batch: readonly LogEvent[], abortSignal: AbortSignal): Promise<Shipped | 'missing'> {
    const { group, stream } = this.options;
    const logEvents = batch.map(({ timestamp, message }) => ({ timestamp, message }));
    try {
      const { rejectedLogEventsInfo } = await this.#client.send(new PutLogEventsCommand({ logGroupName: group, logStreamName: stream, logEvents }), { abortSignal });
      return { rejected: rejectedIn(rejectedLogEventsInfo, batch.length) };
    } catch (error) {
      const failure = toAwsError(error, `CloudWatch Logs PutLogEvents on "${group}"`, 'writes');
      if (failure.code === 'invalid_argument') return { rejected: 0, refused: failure.message };
      if (failure.code !== 'not_found') throw failure;
      this.#isMade = false;
      return 'missing';
    }
  }

  async #make(abortSignal: AbortSignal): Promise<void> {
    const { group, stream } = this.options;
    try {
      await this.#client.send(new CreateLogStreamCommand({ logGroupName: group, logStreamName: stream }), { abortSignal });
    } catch (error) {
      if (awsErrorName(error) === 'ResourceNotFoundException') {
        throw new CaveError('not_found', `There is no log group "${group}". Make it, or name another one as log.cloudwatch.group; CAVE makes streams only.`, { cause: error });
      }
      if (awsErrorName(error) !== 'ResourceAlreadyExistsException') throw toAwsError(error, `CloudWatch Logs CreateLogStream "${stream}" in "${group}"`, 'writes');
    }
    this.#isMade = true;
  }
}

/** Events are in the order of time: those that are too old or expired stand at the front, those too new at the end. */
function rejectedIn(info: RejectedLogEventsInfo | undefined, events: number): number {
  if (info === undefined) return 0;
  const { tooOldLogEventEndIndex = 0, expiredLogEventEndIndex = 0, tooNewLogEventStartIndex = events } = info;
  return Math.max(tooOldLogEventEndIndex, expiredLogEventEndIndex) + events - tooNewLogEventStartIndex;
}
