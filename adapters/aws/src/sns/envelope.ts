import type { BusMessage } from '@cave/core';

/** Of the envelope, so that a later form can be told from this one. */
const FORM = 1;
/** As UTF-16 counts them. */
export const MAX_KEY_CHARACTERS = 512;
/**
 * Largest body, in bytes. SNS takes 256 KiB of text, and base64 makes four characters of three
 * bytes. What is left has room for the longest key in its longest spelling, and for what SNS
 * wraps around a message where raw delivery is off.
 */
export const MAX_MESSAGE_BYTES = 184_320;

interface Envelope {
  readonly cave: number;
  readonly key: string;
  readonly version: number;
  readonly body: string;
}

/**
 * A change as the text of an SNS message. Pure ASCII: SQS refuses some characters that JSON lets
 * stand, and a text's length is its size in bytes. base64url, which forms leave as it is.
 */
export function encodeChange({ key, version, body }: BusMessage): string {
  const envelope: Envelope = { cave: FORM, key, version, body: Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('base64url') };
  return JSON.stringify(envelope).replace(/[\u007f-\uffff]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** The change in the body of an SQS message, as it was published or wrapped by SNS; null for what is none of CAVE's. */
export function decodeChange(text: string): BusMessage | null {
  const outer = parsed(text);
  const inner = outer?.['Type'] === 'Notification' && typeof outer['Message'] === 'string' ? parsed(outer['Message']) : outer;
  if (inner === null || inner['cave'] !== FORM) return null;
  const { key, version, body } = inner;
  if (typeof key !== 'string' || !Number.isSafeInteger(version) || typeof body !== 'string') return null;
  return { key, version: version as number, body: Buffer.from(body, 'base64url') };
}

function parsed(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null; // no JSON, so none of CAVE's
  }
}
