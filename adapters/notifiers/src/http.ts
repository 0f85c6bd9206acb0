import { Client } from 'undici';
import { CaveError, type NotificationResult } from '@cave/core';
import { ForbiddenAddressError, type AddressGuard } from './address-guard.js';

export interface Post {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Deadline of everything: name, connection, redirects and answer. Milliseconds. */
  readonly timeoutMs: number;
  /** Further statuses after which trying again makes sense, beside 408, 429 and 5xx. */
  readonly retryStatuses?: readonly number[];
  readonly signal?: AbortSignal;
}

interface Answer {
  readonly status: number;
  readonly location: string | null;
  readonly retryAfter: string | null;
  readonly text: string;
}

const MAX_REDIRECTS = 3;
/** 303 is no redirect of a POST but a place to read from: nothing would be delivered there. */
const REDIRECTS = [301, 302, 307, 308];
/** What is read of an answer, in bytes; a delivery's record shows it. */
const MAX_ANSWER_BYTES = 4096;

/**
 * One POST, classified. The URL is checked at every hop, and a hop from https to http is
 * refused. Every connection is closed afterwards. Throws `aborted` only.
 */
export async function post(guard: AddressGuard, request: Post): Promise<NotificationResult> {
  const deadline = AbortSignal.timeout(request.timeoutMs);
  const signal = request.signal === undefined ? deadline : AbortSignal.any([request.signal, deadline]);
  try {
    if (request.signal?.aborted) throw request.signal.reason;
    let url = parse(request.url);
    for (let hop = 0; ; hop += 1) {
      if (typeof url === 'string') return { status: 'refused', reason: url };
      const answer = await exchange(guard, url, request, signal);
      if (!REDIRECTS.includes(answer.status) || answer.location === null) return classify(answer, request.retryStatuses ?? []);
      if (hop >= MAX_REDIRECTS) return refused(answer, `It redirects more than ${String(MAX_REDIRECTS)} times.`);
      const next = parse(answer.location, url);
      if (typeof next !== 'string' && url.protocol === 'https:' && next.protocol === 'http:') return refused(answer, 'It redirects from https to http.');
      url = next;
    }
  } catch (error) {
    if (request.signal?.aborted) throw new CaveError('aborted', 'The notification was aborted.', { cause: error });
    if (error instanceof ForbiddenAddressError) return { status: 'refused', reason: error.message };
    if (deadline.aborted) return { status: 'retry', reason: `No answer within ${String(request.timeoutMs)} ms.` };
    return { status: 'retry', reason: `The connection failed: ${error instanceof Error ? error.message : String(error)}` };
  }
}

/** The URL, or why it is refused. */
function parse(text: string, base?: URL): URL | string {
  if (!URL.canParse(text, base?.href)) return 'It is not a URL.';
  const url = new URL(text, base?.href);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return 'Only http and https URLs are notified.';
  if (url.username !== '' || url.password !== '') return 'A URL with a user or password is not notified.';
  return url;
}

async function exchange(guard: AddressGuard, url: URL, request: Post, signal: AbortSignal): Promise<Answer> {
  const client = new Client(url.origin, { connect: guard.connector(request.timeoutMs), headersTimeout: request.timeoutMs, bodyTimeout: request.timeoutMs });
  try {
    const { statusCode, headers, body } = await client.request({ path: `${url.pathname}${url.search}`, method: 'POST', headers: { ...request.headers }, body: request.body, signal });
    return { status: statusCode, location: single(headers['location']), retryAfter: single(headers['retry-after']), text: await beginning(body, request.signal) };
  } finally {
    await client.destroy();
  }
}

/** At most MAX_ANSWER_BYTES. The status has decided already, so a body that breaks off or drips past the deadline changes nothing. */
async function beginning(body: AsyncIterable<Uint8Array>, signal: AbortSignal | undefined): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of body) {
      chunks.push(chunk);
      size += chunk.byteLength;
      if (size >= MAX_ANSWER_BYTES) break;
    }
  } catch (error) {
    if (signal?.aborted) throw error;
  }
  return Buffer.concat(chunks).subarray(0, MAX_ANSWER_BYTES).toString('utf8');
}

function classify(answer: Answer, retryStatuses: readonly number[]): NotificationResult {
  const { status, text } = answer;
  if (status >= 200 && status < 300) return { status: 'delivered', httpStatus: status, answer: text };
  const again = status >= 500 || status === 408 || status === 429 || retryStatuses.includes(status);
  if (!again) return refused(answer, `It answered ${String(status)}.`);
  const retryAfterMs = parseRetryAfter(answer.retryAfter, Date.now());
  return { status: 'retry', reason: `It answered ${String(status)}.`, httpStatus: status, answer: text, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

function refused(answer: Answer, reason: string): NotificationResult {
  return { status: 'refused', reason, httpStatus: answer.status, answer: answer.text };
}

/** Retry-After in both forms of RFC 9110 (10.2.3), as milliseconds from `nowMs`; undefined when absent or unreadable. */
export function parseRetryAfter(value: string | null, nowMs: number): number | undefined {
  if (value === null) return undefined;
  if (/^\d{1,9}$/.test(value.trim())) return Number(value) * 1000;
  const date = /[A-Za-z]{3}/.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}

function single(header: string | string[] | undefined): string | null {
  return (Array.isArray(header) ? header[0] : header) ?? null;
}
