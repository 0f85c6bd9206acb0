import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A line as it was kept. */
export interface StoredLogEvent {
  readonly timestamp: number;
  readonly message: string;
}

/** One call, as it came in. */
export interface LogsCall {
  readonly action: string;
  readonly accessKey: string;
  readonly input: Readonly<Record<string, unknown>>;
}

interface Refusal {
  readonly error: string;
  readonly message: string;
}

/** Source: Amazon CloudWatch Logs API Reference, PutLogEvents. */
const LIMITS = { batchBytes: 1_048_576, events: 10_000, overhead: 26, eventBytes: 1_048_576, spanMs: 24 * 3_600_000, pastMs: 14 * 24 * 3_600_000, futureMs: 2 * 3_600_000 };
const TARGET = 'Logs_20140328.';

/**
 * A stand-in for CloudWatch Logs, of which npm has no emulator: CreateLogGroup,
 * CreateLogStream and PutLogEvents, with the documented limits and errors, and nothing else.
 * Who signs, and whether correctly, it does not check.
 */
export class CloudWatchLogsStandIn {
  readonly calls: LogsCall[] = [];
  readonly #groups = new Map<string, Map<string, StoredLogEvent[]>>();
  readonly #server: Server;
  #throttled = 0;
  #denied = false;
  #isSilent = false;
  #port = 0;

  private constructor() {
    this.#server = createServer((incoming, response) => void this.#serve(incoming, response).catch(() => response.destroy()));
  }

  static async start(): Promise<CloudWatchLogsStandIn> {
    const standIn = new CloudWatchLogsStandIn();
    await standIn.appear();
    return standIn;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Serves, on the port it had. */
  async appear(): Promise<void> {
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Refuses connections, and keeps what it knows. */
  async vanish(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async close(): Promise<void> {
    if (this.#server.listening) await this.vanish();
  }

  createGroup(group: string): void {
    if (!this.#groups.has(group)) this.#groups.set(group, new Map());
  }

  /** With all its streams. */
  deleteGroup(group: string): void {
    this.#groups.delete(group);
  }

  streamsOf(group: string): readonly string[] {
    return [...(this.#groups.get(group)?.keys() ?? [])];
  }

  /** In the order in which they were put. */
  eventsOf(group: string, stream: string): readonly StoredLogEvent[] {
    return this.#groups.get(group)?.get(stream) ?? [];
  }

  /** The next `calls` are answered with ThrottlingException. */
  throttle(calls: number): void {
    this.#throttled = calls;
  }

  /** Whether every call is answered with AccessDeniedException. */
  deny(isDenied: boolean): void {
    this.#denied = isDenied;
  }

  /** Whether calls are taken and never answered. */
  silence(isSilent: boolean): void {
    this.#isSilent = isSilent;
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const target = String(incoming.headers['x-amz-target']);
    const action = target.startsWith(TARGET) ? target.slice(TARGET.length) : target;
    const input = JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>;
    const accessKey = /Credential=([^/]*)\//.exec(incoming.headers.authorization ?? '')?.[1] ?? '';
    this.calls.push({ action, accessKey, input });
    if (this.#isSilent) return;
    const answer = this.#answer(action, input);
    const isRefusal = 'error' in answer;
    response.writeHead(isRefusal ? 400 : 200, { 'content-type': 'application/x-amz-json-1.1' });
    response.end(JSON.stringify(isRefusal ? { __type: (answer as Refusal).error, message: (answer as Refusal).message } : answer));
  }

  #answer(action: string, input: Readonly<Record<string, unknown>>): object {
    if (this.#denied) return { error: 'AccessDeniedException', message: `User is not authorized to perform: logs:${action}` };
    if (this.#throttled > 0) {
      this.#throttled -= 1;
      return { error: 'ThrottlingException', message: 'Rate exceeded' };
    }
    const group = input['logGroupName'] as string;
    const stream = input['logStreamName'] as string;
    switch (action) {
      case 'CreateLogGroup':
        if (this.#groups.has(group)) return { error: 'ResourceAlreadyExistsException', message: 'The specified log group already exists' };
        this.createGroup(group);
        return {};
      case 'CreateLogStream':
        return this.#createStream(group, stream);
      case 'PutLogEvents':
        return this.#put(group, stream, input['logEvents'] as readonly StoredLogEvent[]);
      default:
        return { error: 'UnknownOperationException', message: `The stand-in knows no ${action}.` };
    }
  }

  #createStream(group: string, stream: string): object {
    const streams = this.#groups.get(group);
    if (streams === undefined) return { error: 'ResourceNotFoundException', message: 'The specified log group does not exist.' };
    if (!/^[^:*]{1,512}$/.test(stream)) return { error: 'InvalidParameterException', message: "1 validation error detected: Value at 'logStreamName' failed to satisfy constraint" };
    if (streams.has(stream)) return { error: 'ResourceAlreadyExistsException', message: 'The specified log stream already exists' };
    streams.set(stream, []);
    return {};
  }

  #put(group: string, stream: string, events: readonly StoredLogEvent[]): object {
    const stored = this.#groups.get(group)?.get(stream);
    if (stored === undefined) return { error: 'ResourceNotFoundException', message: `The specified log ${this.#groups.has(group) ? 'stream' : 'group'} does not exist.` };
    const fault = faultOf(events);
    if (fault !== null) return { error: 'InvalidParameterException', message: fault };
    const now = Date.now();
    const old = events.filter(({ timestamp }) => timestamp < now - LIMITS.pastMs).length;
    const early = events.filter(({ timestamp }) => timestamp > now + LIMITS.futureMs).length;
    stored.push(...events.slice(old, events.length - early));
    const rejected = { ...(old > 0 && { tooOldLogEventEndIndex: old }), ...(early > 0 && { tooNewLogEventStartIndex: events.length - early }) };
    return { nextSequenceToken: '0', ...(old + early > 0 && { rejectedLogEventsInfo: rejected }) };
  }
}

/** What is wrong with a batch as a whole; null when nothing is. */
function faultOf(events: readonly StoredLogEvent[]): string | null {
  if (events.length === 0 || events.length > LIMITS.events) return `1 validation error detected: Value at 'logEvents' failed to satisfy constraint: Member must have length between 1 and ${LIMITS.events}`;
  const sizes = events.map(({ message }) => Buffer.byteLength(message));
  if (sizes.some((size) => size === 0)) return "1 validation error detected: Value at 'logEvents.1.member.message' failed to satisfy constraint: Member must have length greater than or equal to 1";
  if (sizes.some((size) => size + LIMITS.overhead > LIMITS.eventBytes)) return 'Log event too large';
  if (sizes.reduce((sum, size) => sum + size + LIMITS.overhead, 0) > LIMITS.batchBytes) return 'Upload too large';
  if (events.some(({ timestamp }, i) => timestamp < (events[i - 1]?.timestamp ?? 0))) return 'Log events in a single PutLogEvents request must be in chronological order.';
  if ((events.at(-1)?.timestamp ?? 0) - (events[0]?.timestamp ?? 0) > LIMITS.spanMs) return 'The batch of log events in a single PutLogEvents request cannot span more than 24 hours.';
  return null;
}
