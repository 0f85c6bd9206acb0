import { HttpError } from '@influxdata/influxdb-client';
import { CaveError } from '@cave/core';

/** Node's own codes for a server that is not there or broke off. */
const HTTP_PARSER = /^HPE_/;
const CERTIFICATE = /^(?:CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|ERR_TLS_|ERR_SSL_|HOSTNAME_MISMATCH|EPROTO$)/;

/** What InfluxDB said, without what HTTP put around it. */
export function vendorText(error: HttpError): string {
  const json: unknown = error.json ?? parsed(error.body);
  if (typeof json === 'object' && json !== null) {
    const { error: text, message } = json as { readonly error?: unknown; readonly message?: unknown };
    if (typeof text === 'string') return text;
    if (typeof message === 'string') return message;
  }
  return (error.body ?? '').trim().slice(0, 1_000) || `${error.statusCode} ${error.statusMessage ?? ''}`.trim();
}

function parsed(body: string | undefined): unknown {
  try {
    return body === undefined ? undefined : JSON.parse(body);
  } catch {
    return undefined; // not JSON: told as text
  }
}

/**
 * What went wrong with a request, as a core error. `place` is host:port.
 *
 * `details.status` is the HTTP status and `details.text` what InfluxDB said, for those who can
 * do something about a particular refusal.
 */
export function requestError(error: unknown, place: string): CaveError {
  if (error instanceof CaveError) return error;
  if (error instanceof HttpError) return statusError(error, place);
  const { code, message } = error as { readonly code?: unknown; readonly message?: string };
  const reason = message === undefined || message === '' ? String(code) : message;
  if (typeof code === 'string' && HTTP_PARSER.test(code)) {
    return new CaveError('unavailable', `What answers at ${place} does not speak HTTP (${reason}).`, { cause: error, reason: 'not_http' });
  }
  if (typeof code === 'string' && CERTIFICATE.test(code)) {
    return new CaveError('unavailable', `No secure connection to InfluxDB at ${place} (${reason}).`, { cause: error, reason: 'tls' });
  }
  return new CaveError('unavailable', `InfluxDB at ${place} cannot be reached (${reason}).`, { cause: error });
}

function statusError(error: HttpError, place: string): CaveError {
  const { statusCode: status } = error;
  const text = vendorText(error);
  const options = { cause: error, details: { status, text } };
  if (status === 401) {
    return new CaveError('configuration', `InfluxDB at ${place} refuses the credentials (${text}); check metrics-store.user and metrics-store.password, or metrics-store.token.`, { ...options, reason: 'credentials' });
  }
  if (status === 403) return new CaveError('forbidden', `InfluxDB at ${place} does not allow this to CAVE's user (${text}); grant it the right.`, options);
  if (status === 404) return new CaveError('not_found', `InfluxDB at ${place} does not know what was asked for (${text}).`, options);
  if (status === 413) return new CaveError('too_large', `InfluxDB at ${place} takes no request of this size (${text}); lower metrics-store.max-batch-lines or raise its max-body-size.`, options);
  if (status === 429 || (status >= 500 && /cache-max-memory|no space left|max-concurrent/i.test(text))) {
    return new CaveError('resource_exhausted', `InfluxDB at ${place} takes nothing now (${text}).`, { ...options, ...retryAfter(error) });
  }
  if (status >= 500) return new CaveError('unavailable', `InfluxDB at ${place} failed (${text}).`, { ...options, ...retryAfter(error) });
  return new CaveError('invalid_argument', `InfluxDB at ${place} refuses the request (${text}).`, options);
}

function retryAfter(error: HttpError): { readonly retryAfterMs?: number } {
  const seconds = Number(error.headers?.['retry-after']);
  return seconds > 0 ? { retryAfterMs: seconds * 1000 } : {};
}

/** An error that came as HTTP 200 with `results[].error`, as run-time errors of InfluxQL do. */
export function statementError(text: string, place: string): CaveError {
  const options = { details: { text } };
  if (/database not found|retention policy not found/i.test(text)) return new CaveError('not_found', `InfluxDB at ${place}: ${text}.`, options);
  if (/not authorized|requires admin/i.test(text)) return new CaveError('forbidden', `InfluxDB at ${place} does not allow this to CAVE's user (${text}); grant it the right.`, options);
  if (/max-select-/i.test(text)) return new CaveError('too_large', `The question is too large for InfluxDB at ${place} (${text}). Ask for less time or fewer series.`, options);
  if (/timeout|limit exceeded|killed|interrupted/i.test(text)) return new CaveError('resource_exhausted', `InfluxDB at ${place} gave up (${text}).`, options);
  return new CaveError('unavailable', `InfluxDB at ${place} failed (${text}).`, options);
}

export function statusOf(error: unknown): number | null {
  const status = error instanceof CaveError ? error.details['status'] : null;
  return typeof status === 'number' ? status : null;
}

export function textOf(error: unknown): string {
  const text = error instanceof CaveError ? error.details['text'] : null;
  return typeof text === 'string' ? text : '';
}
