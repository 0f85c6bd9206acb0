import type { IncomingMessage } from 'node:http';
import { Transform, type Readable } from 'node:stream';
import { Problem } from './problem.js';

/**
 * The request's body as a stream that fails with 413 once it is larger than it may be. When it is
 * destroyed the rest of the request is read and dropped, so that the answer still goes out.
 * Throws 413 at once where the length is told.
 */
export function boundedBody(request: IncomingMessage, maxBytes: number): Readable {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) {
    request.resume();
    throw tooLarge(maxBytes);
  }
  let bytes = 0;
  const body = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes > maxBytes) done(tooLarge(maxBytes));
      else done(null, chunk);
    },
  });
  // `pipeline` would destroy the request, and its socket with it, when the api is out of reach.
  request.once('error', (cause) => body.destroy(new Problem(400, 'aborted', 'The client went away while it sent the body.', {}, { cause })));
  body.once('close', () => {
    request.unpipe(body);
    request.resume();
  });
  return request.pipe(body);
}

function tooLarge(maxBytes: number): Problem {
  return new Problem(413, 'too_large', `The body is larger than ${maxBytes} bytes; send it in smaller parts.`);
}
