import type { GetMessage, Message, Options } from 'amqplib';
import type { DeadJob, Job } from '@cave/core';

const ID = 'cave-id';
const ATTEMPTS = 'cave-attempts';
const REMAINING = 'cave-remaining-ms';
const REASON = 'cave-reason';
/** The server's own: deliveries that came back to this queue. Absent before the first. */
const DELIVERY_COUNT = 'x-delivery-count';

const TYPE = 'cave-job';
/** All headers of a message share one frame, whose size the server bounds. */
const MAX_REASON_CHARACTERS = 4_000;

/** A job as it lies in a queue. */
export interface Envelope extends Job {
  /** Deliveries that ended before it was put into this queue; those since then are the server's to count. */
  readonly attempts: number;
  /** To be hidden for this much longer, once it comes out of a delay queue. Milliseconds. */
  readonly remainingMs: number;
}

export interface Delivered extends Envelope {
  /** 1 at first delivery. */
  readonly attempt: number;
}

/**
 * The id travels in a header of any length: a property of the protocol holds 255 bytes, and 200
 * characters may be more. Persistent, though a quorum queue stores everything.
 */
export function encode({ id, attempts, remainingMs }: Omit<Envelope, 'body'>, reason?: string): Options.Publish {
  return {
    type: TYPE,
    persistent: true,
    mandatory: true,
    headers: {
      [ID]: id,
      ...(attempts > 0 ? { [ATTEMPTS]: attempts } : {}),
      ...(remainingMs > 0 ? { [REMAINING]: remainingMs } : {}),
      ...(reason === undefined ? {} : { [REASON]: reason.slice(0, MAX_REASON_CHARACTERS) }),
    },
  };
}

/** For what is no envelope: its content goes to the dead-letter place as it is. */
export function encodeUnreadable(reason: string): Options.Publish {
  return { persistent: true, mandatory: true, headers: { [REASON]: reason } };
}

/** Null for what CAVE did not write. */
export function decode(message: Message): Delivered | null {
  const headers = message.properties.headers ?? {};
  const id: unknown = headers[ID];
  const attempts = whole(headers[ATTEMPTS]);
  const remainingMs = whole(headers[REMAINING]);
  const returned = whole(headers[DELIVERY_COUNT]);
  if (message.properties.type !== TYPE || typeof id !== 'string' || id === '' || attempts === null || remainingMs === null || returned === null) return null;
  return { id, body: message.content, attempts, remainingMs, attempt: attempts + returned + 1 };
}

/** `limit` is what a job had of attempts when the server itself gave it up, because its holders died. */
export function decodeDead(message: GetMessage | Message, limit: number): DeadJob {
  const headers = message.properties.headers ?? {};
  const id: unknown = headers[ID];
  const reason: unknown = headers[REASON];
  const attempts = whole(headers[ATTEMPTS]) ?? 0;
  const job = { id: typeof id === 'string' ? id : '', body: message.content };
  if (typeof reason === 'string') return { ...job, attempts, reason };
  const cause = String(headers['x-first-death-reason'] ?? 'unknown');
  if (cause === 'delivery_limit') return { ...job, attempts: attempts + limit, reason: 'Each process that held the job ended, or lost its connection, before it settled it.' };
  return { ...job, attempts, reason: `RabbitMQ put it aside (${cause}).` };
}

/** 0 for a header that is absent, null for one that is no count. */
function whole(value: unknown): number | null {
  if (value === undefined) return 0;
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
}
