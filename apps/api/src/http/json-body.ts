import { isUtf8 } from 'node:buffer';
import { CaveError } from '@cave/core';
import express, { type Request, type Response } from 'express';
import { printParseErrorCode, visit } from 'jsonc-parser';

export interface BodyLimits {
  readonly maxBytes: number;
  /** Deepest nesting of objects and arrays. */
  readonly maxDepth: number;
}

const JSON_TYPE = /^application\/(?:[a-z0-9.+-]+\+)?json(?:\s*;|$)/i;

/** Reads and parses the JSON body of a request; throws CaveErrors that become 400, 413 or 415. */
export class JsonBodyReader {
  private readonly read: (request: Request, response: Response, next: (error?: unknown) => void) => void;

  constructor(private readonly limits: BodyLimits) {
    // The bytes, not express.json: only they tell invalid UTF-8 and the place of a fault.
    this.read = express.raw({ type: () => true, limit: limits.maxBytes, inflate: true });
  }

  async parse(request: Request, response: Response): Promise<unknown> {
    const type = request.headers['content-type'];
    if (type === undefined || !JSON_TYPE.test(type)) {
      throw new CaveError('invalid_argument', 'The body must be JSON; send it with "Content-Type: application/json".', { reason: 'unsupported_media_type' });
    }
    await new Promise<void>((resolve, reject) => {
      this.read(request, response, (error) => (error === undefined ? resolve() : reject(this.readError(error))));
    });
    const bytes: unknown = request.body;
    return parseJson(Buffer.isBuffer(bytes) ? bytes : Buffer.alloc(0), this.limits.maxDepth);
  }

  private readError(error: unknown): Error {
    const type = (error as { type?: unknown }).type;
    switch (type) {
      case 'entity.too.large':
        return new CaveError('too_large', `The body is larger than ${this.limits.maxBytes} bytes; send it in smaller parts.`, { details: { max_bytes: this.limits.maxBytes }, cause: error });
      case 'encoding.unsupported':
        return new CaveError('invalid_argument', 'The content encoding is not supported; send the body plain, or with gzip, deflate or br.', { reason: 'unsupported_media_type', cause: error });
      case 'request.aborted':
        return new CaveError('aborted', 'The client went away while it sent the body.', { cause: error });
      default:
        return new CaveError('invalid_argument', 'The body could not be read: its length or its compression is not what the headers say.', { reason: 'invalid_body', cause: error });
    }
  }
}

/** Parses UTF-8 JSON. `NaN`, `Infinity`, comments and trailing commas are not JSON. */
export function parseJson(bytes: Buffer, maxDepth: number): unknown {
  if (!isUtf8(bytes)) throw new CaveError('invalid_argument', 'The body is not valid UTF-8.', { reason: 'invalid_json' });
  if (tooDeep(bytes, maxDepth)) {
    throw new CaveError('invalid_argument', `The body is nested deeper than ${maxDepth} levels.`, { reason: 'invalid_json', details: { max_depth: maxDepth } });
  }
  const text = bytes.toString('utf8');
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    const { line, column, what } = faultIn(text);
    throw new CaveError('invalid_argument', `The body is not valid JSON: ${what} at line ${line}, column ${column}.`, { reason: 'invalid_json', details: { line, column }, cause });
  }
}

/** Counts brackets outside of strings, byte by byte: JSON's syntax is ASCII. */
function tooDeep(bytes: Buffer, maxDepth: number): boolean {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < bytes.length; i += 1) {
    const byte = bytes[i];
    if (inString) {
      if (byte === 0x5c) i += 1;
      else if (byte === 0x22) inString = false;
    } else if (byte === 0x22) inString = true;
    else if (byte === 0x7b || byte === 0x5b) {
      depth += 1;
      if (depth > maxDepth) return true;
    } else if (byte === 0x7d || byte === 0x5d) depth -= 1;
  }
  return false;
}

interface Fault {
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
  readonly what: string;
}

/** Where and what; V8 tells the position of only some faults, so the text is read once more. */
function faultIn(text: string): Fault {
  let fault: Fault | undefined;
  visit(
    text,
    {
      onError: (code, _offset, _length, line, character) => {
        const what = printParseErrorCode(code).replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
        fault ??= { line: line + 1, column: character + 1, what };
      },
    },
    { disallowComments: true, allowTrailingComma: false, allowEmptyContent: false },
  );
  return fault ?? { line: 1, column: 1, what: 'unreadable text' };
}
