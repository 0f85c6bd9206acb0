import { CreateStreamCommand, IncreaseStreamRetentionPeriodCommand, type StreamDescriptionSummary } from '@aws-sdk/client-kinesis';
import { backoffMs, CaveError, errorCode, sleep, type Logger } from '@cave/core';
import { awsErrorName, toAwsError } from './errors.js';
import { refuseScattered, serves, type KinesisStream } from './stream.js';

/** AWS allows few looks at streams; making one takes it some ten seconds. */
const LOOK_AGAIN = { firstMs: 100, maxMs: 2_000 };
const SERVES_WITHIN_MS = 60_000;

/** What a stream is made with. */
export interface StreamSpec {
  /** 0: on-demand. */
  readonly shards: number;
  /** Also the least for a stream that is there. */
  readonly retentionHours: number;
}

/**
 * Makes the stream when it is missing, and waits until it serves. Throws `configuration` for
 * what only people can put right, `unavailable` for what may pass, `aborted`.
 */
export async function ensureStream(stream: KinesisStream, spec: StreamSpec, logger: Logger, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + SERVES_WITHIN_MS;
  for (let attempt = 1; performance.now() < deadline; attempt++) {
    const found = await describePatiently(stream, signal);
    if (found === null) await create(stream, spec, logger, signal);
    else if (found !== 'throttled' && serves(found)) {
      refuseScattered(stream.name, found);
      if ((found.RetentionPeriodHours ?? spec.retentionHours) >= spec.retentionHours) return stream.take(found);
      await raiseRetention(stream, found, spec, logger, signal);
    }
    await sleep(backoffMs(attempt, LOOK_AGAIN), signal);
  }
  throw new CaveError('unavailable', `The Kinesis stream "${stream.name}" does not serve, or does not keep records for ${spec.retentionHours} hours, after ${SERVES_WITHIN_MS / 1000} s.`);
}

/** Everybody in the account shares the looks that AWS allows: being refused one is no reason to give up. */
async function describePatiently(stream: KinesisStream, signal: AbortSignal): Promise<StreamDescriptionSummary | null | 'throttled'> {
  try {
    return await stream.describe(signal);
  } catch (error) {
    if (errorCode(error) === 'resource_exhausted') return 'throttled';
    throw startError(error, `allow kinesis:DescribeStreamSummary on the stream "${stream.name}"`);
  }
}

async function create(stream: KinesisStream, { shards }: StreamSpec, logger: Logger, signal: AbortSignal): Promise<void> {
  const capacity = shards === 0 ? { StreamModeDetails: { StreamMode: 'ON_DEMAND' as const } } : { ShardCount: shards };
  try {
    await stream.client.send(new CreateStreamCommand({ StreamName: stream.name, ...capacity }), { abortSignal: signal });
    logger.info('kinesis_stream_created', { stream: stream.name, shards });
  } catch (error) {
    // Another instance was faster.
    if (awsErrorName(error) === 'ResourceInUseException') return;
    throw startError(toAwsError(error, `The Kinesis stream "${stream.name}" is missing, and CreateStream`, 'reads'), 'make the stream, allow kinesis:CreateStream, or correct raw-stream.stream');
  }
}

async function raiseRetention(stream: KinesisStream, found: StreamDescriptionSummary, { retentionHours }: StreamSpec, logger: Logger, signal: AbortSignal): Promise<void> {
  try {
    await stream.client.send(new IncreaseStreamRetentionPeriodCommand({ StreamName: stream.name, RetentionPeriodHours: retentionHours }), { abortSignal: signal });
    logger.info('kinesis_stream_retention_raised', { stream: stream.name, from_hours: found.RetentionPeriodHours, to_hours: retentionHours });
  } catch (error) {
    // Another instance raises it at this moment, or has: the next look says.
    if (['ResourceInUseException', 'InvalidArgumentException'].includes(awsErrorName(error))) return;
    const what = `The Kinesis stream "${stream.name}" keeps records for ${String(found.RetentionPeriodHours)} hours, less than raw-stream.retention-hours, and IncreaseStreamRetentionPeriod`;
    throw startError(toAwsError(error, what, 'reads'), `raise it, or set raw-stream.retention-hours to ${String(found.RetentionPeriodHours)}`);
  }
}

/** What may pass is `unavailable`, so that the start is tried again; what a policy forbids is for people. */
function startError(error: unknown, remedy: string): CaveError {
  const caught = toAwsError(error, 'Kinesis', 'reads');
  if (caught.code === 'forbidden') return new CaveError('configuration', `${caught.message} To put it right: ${remedy}.`, { cause: caught });
  return caught.code === 'resource_exhausted' ? new CaveError('unavailable', caught.message, { cause: caught }) : caught;
}
