import { once } from 'node:events';
import { createServer, request, type IncomingHttpHeaders, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** As in the scope of a signature. */
export type AwsService = 'kinesis' | 'dynamodb' | 'sqs' | 'sns' | 'logs';

/** One call to AWS, as it came in. */
export interface AwsCall {
  readonly service: AwsService;
  /** Such as `PutRecords`. */
  readonly action: string;
  /** Who signed: the access key id. */
  readonly accessKey: string;
  /** The request's parameters; for SNS, whose protocol is a form, its fields as text. */
  readonly input: Readonly<Record<string, unknown>>;
}

export interface AwsAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: Buffer;
}

/** `pass` hands the call on, with other parameters where some are given (JSON protocols only); null resets the connection instead of answering. */
export type AwsHandler = (call: AwsCall, pass: (input?: object) => Promise<AwsAnswer>) => Promise<AwsAnswer | null>;

const QUERY_SERVICES: ReadonlySet<string> = new Set(['sns']);
const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length']);

export interface GatewayOptions {
  /** Keep every call in `calls`; one that runs for days had better not. Default true. */
  readonly noteCalls?: boolean;
}

/** A call on its way. */
interface Asked {
  readonly incoming: IncomingMessage;
  readonly body: Buffer;
  /** Fires when nobody waits for the answer any more. */
  readonly gone: AbortSignal;
}

/**
 * One address for all services of AWS, as LocalStack has it, in front of emulators: notes
 * each call, and answers in an emulator's stead where a handler says so. Handlers that were
 * added later are asked first.
 */
export class AwsGateway {
  readonly calls: AwsCall[] = [];
  #handlers: readonly AwsHandler[] = [];

  private constructor(
    private readonly server: Server,
    private readonly targets: Partial<Readonly<Record<AwsService, string>>>,
    private readonly noteCalls: boolean,
  ) {
    server.on('request', (incoming: IncomingMessage, response: ServerResponse) => void this.#serve(incoming, response).catch(() => response.destroy()));
  }

  /** `targets`: where each service's emulator is, as a URL. */
  static async start(targets: Partial<Readonly<Record<AwsService, string>>>, { noteCalls = true }: GatewayOptions = {}): Promise<AwsGateway> {
    const server = createServer();
    const gateway = new AwsGateway(server, targets, noteCalls);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return gateway;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Until the result is called. */
  handle(handler: AwsHandler): () => void {
    this.#handlers = [handler, ...this.#handlers];
    return () => {
      this.#handlers = this.#handlers.filter((one) => one !== handler);
    };
  }

  async close(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const call = callOf(incoming.headers, body);
    if (call === null) {
      response.writeHead(400).end('Not a signed call to AWS.');
      return;
    }
    if (this.noteCalls) this.calls.push(call);
    // Who no longer waits for the answer ends the call further on too, a long poll above all.
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const answer = await this.#answer(call, this.#handlers, { incoming, body, gone: gone.signal });
    if (answer === null) incoming.socket.resetAndDestroy();
    else response.writeHead(answer.status, { ...answer.headers, 'content-length': answer.body.length }).end(answer.body);
  }

  async #answer(call: AwsCall, handlers: readonly AwsHandler[], asked: Asked): Promise<AwsAnswer | null> {
    const [handler, ...others] = handlers;
    if (handler === undefined) return this.#forward(call, asked);
    return handler(call, async (input) => {
      const passed = await this.#answer(call, others, input === undefined ? asked : { ...asked, body: Buffer.from(JSON.stringify(input)) });
      if (passed === null) throw new Error('Another handler reset the connection.');
      return passed;
    });
  }

  async #forward(call: AwsCall, { incoming, body, gone }: Asked): Promise<AwsAnswer> {
    const target = this.targets[call.service];
    if (target === undefined) throw new Error(`No emulator of ${call.service} stands behind the gateway.`);
    // The host as the client wrote it: emulators build queue addresses from it.
    const upstream = request(new URL(incoming.url ?? '/', target), { method: incoming.method, headers: { ...incoming.headers, 'content-length': body.length }, signal: gone });
    upstream.end(body);
    const [answer] = (await once(upstream, 'response')) as [IncomingMessage];
    const chunks: Buffer[] = [];
    for await (const chunk of answer) chunks.push(chunk as Buffer);
    return { status: answer.statusCode ?? 0, headers: kept(answer.headers), body: Buffer.concat(chunks) };
  }
}

/** An error as a service tells it by its own protocol. */
export function awsError(call: AwsCall, name: string, status = 400, message = `${name}, injected by a test`): AwsAnswer {
  if (QUERY_SERVICES.has(call.service)) {
    const type = status < 500 ? 'Sender' : 'Receiver';
    return { status, headers: { 'content-type': 'text/xml' }, body: Buffer.from(`<ErrorResponse><Error><Type>${type}</Type><Code>${name}</Code><Message>${message}</Message></Error><RequestId>0</RequestId></ErrorResponse>`) };
  }
  return { status, headers: { 'content-type': 'application/x-amz-json-1.1' }, body: Buffer.from(JSON.stringify({ __type: name, message })) };
}

function callOf(headers: IncomingHttpHeaders, body: Buffer): AwsCall | null {
  const scope = /Credential=([^/]*)\/\d+\/[^/]+\/([^/]+)\/aws4_request/.exec(headers.authorization ?? '');
  if (scope === null) return null;
  const [, accessKey = '', service = ''] = scope;
  const target = headers['x-amz-target'];
  const input = typeof target === 'string' ? (JSON.parse(body.toString()) as Record<string, unknown>) : Object.fromEntries(new URLSearchParams(body.toString()));
  const action = typeof target === 'string' ? target.slice(target.lastIndexOf('.') + 1) : input['Action'] as string;
  return { service: service as AwsService, action, accessKey, input };
}

function kept(headers: IncomingHttpHeaders): Record<string, string | readonly string[]> {
  const all: Record<string, string | readonly string[]> = {};
  for (const [name, value] of Object.entries(headers)) if (value !== undefined && !HOP_BY_HOP.has(name)) all[name] = value;
  return all;
}
