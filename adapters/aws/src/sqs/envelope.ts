import type { Message, MessageAttributeValue } from '@aws-sdk/client-sqs';
import type { DeadJob, Job } from '@cave/core';

/** Says that it is CAVE's, and in which form. */
const FORM = 'cave-job-1';
const REASON = 'cave-reason';
const ATTEMPTS = 'cave-attempts';
export const DEAD_ATTRIBUTES: readonly string[] = [REASON, ATTEMPTS];

const MAX_REASON_CHARACTERS = 500;
/**
 * Kept free of a message for all that is not the body: an id of 200 characters in six bytes
 * each, the envelope's own text, and a dead letter's attributes with a reason in three bytes a
 * character.
 */
const OVERHEAD_BYTES = 3_072;
const MOVED_BY_SQS = 'No attempt was acknowledged before its lease expired; SQS moved the job here.';

/** Largest body in a message of this size: base64 makes four bytes of three. */
export function maxBodyBytes(messageBytes: number): number {
  return Math.floor((messageBytes - OVERHEAD_BYTES) / 4) * 3;
}

/**
 * A message's body: JSON in ASCII. SQS takes only text, of certain characters, and no empty
 * one. Binary attributes would hold the bytes, but SQS encodes and counts those as it does the
 * text; and what SQS moves or an operator sends back from the dead-letter queue stays whole,
 * id and all, because it is one piece.
 */
export function encode({ id, body }: Job): string {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const text = JSON.stringify({ form: FORM, id, body: bytes.toString('base64') });
  return text.replace(/[\u007f-\uffff]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Null for what CAVE did not write. */
export function decode(text: string): Job | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null) return null;
  const { form, id, body } = value as Readonly<Record<string, unknown>>;
  if (form !== FORM || typeof id !== 'string' || id === '' || typeof body !== 'string') return null;
  const bytes = Buffer.from(body, 'base64');
  return bytes.toString('base64') === body ? { id, body: bytes } : null;
}

/** What is told of a dead letter beside the message's body, which stays as it was. */
export function deadAttributes(attempts: number, reason: string): Record<string, MessageAttributeValue> {
  return {
    [REASON]: { DataType: 'String', StringValue: allowed(reason.slice(0, MAX_REASON_CHARACTERS)) || 'No reason was given.' },
    [ATTEMPTS]: { DataType: 'Number', StringValue: String(attempts) },
  };
}

/** `limit` is what a job had of attempts when SQS itself moved it, which says nothing of why. */
export function decodeDead(message: Message, limit: number): DeadJob {
  const text = message.Body ?? '';
  const job = decode(text) ?? { id: message.MessageId ?? '', body: Buffer.from(text) };
  const reason = message.MessageAttributes?.[REASON]?.StringValue;
  const attempts = Number(message.MessageAttributes?.[ATTEMPTS]?.StringValue);
  return reason === undefined || !Number.isSafeInteger(attempts) ? { ...job, attempts: limit, reason: MOVED_BY_SQS } : { ...job, attempts, reason };
}

/** SQS refuses control characters and halves of surrogate pairs, in attributes too. */
function allowed(text: string): string {
  // eslint-disable-next-line no-control-regex
  return Buffer.from(text).toString().replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd');
}
