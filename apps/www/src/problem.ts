import { STATUS_CODES } from 'node:http';
import type { Response } from 'express';

/** A refused or failed request, answered as the api answers its own (RFC 9457). `message` is the sentence for people. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    /** Stable word for programs. */
    readonly code: string,
    detail: string,
    readonly headers: Readonly<Record<string, string>> = {},
    options: ErrorOptions = {},
  ) {
    super(detail, options);
    this.name = 'Problem';
  }
}

/** Answers with a problem; what headers the response has already stay. */
export function sendProblem(response: Response, problem: Problem): void {
  const { status, code, message: detail } = problem;
  sendBody(response, status, JSON.stringify({ type: 'about:blank', title: STATUS_CODES[status] ?? 'Error', status, code, detail }), {
    'Content-Type': 'application/problem+json',
    'Cache-Control': 'no-store',
    ...problem.headers,
  });
}

/** Answers with a body that is at hand as a whole; HEAD gets its headers only. */
export function sendBody(response: Response, status: number, body: string | Buffer, headers: Readonly<Record<string, string>>): void {
  response.writeHead(status, { ...headers, 'Content-Length': String(Buffer.byteLength(body)) });
  if (response.req.method === 'HEAD') response.end();
  else response.end(body);
}
