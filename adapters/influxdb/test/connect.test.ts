import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Server } from 'node:net';
import { expect } from 'chai';
import type { InfluxdbOptions } from '../src/metrics-store.js';
import { batch, failure, put } from './support/batches.js';
import { createStore, optionsFor } from './support/server.js';

/* Servers that are no InfluxDB 1.x, or do what a real one does only in bad moments. */

interface Heard {
  readonly method: string;
  readonly path: string;
  readonly body: string;
  readonly authorization: string | undefined;
}

type Answer = (heard: Heard, response: ServerResponse) => void;

/** An HTTP server that notes what it is asked. */
class StandIn {
  readonly heard: Heard[] = [];
  connections = 0;
  #server: Server | null = null;

  constructor(private readonly answer: Answer) {}

  async start(): Promise<string> {
    const server = createServer((request, response) => void this.#serve(request, response));
    server.on('connection', () => (this.connections += 1));
    this.#server = server;
    return listen(server);
  }

  async stop(): Promise<void> {
    const server = this.#server;
    server?.close();
    if (server !== null) await once(server, 'close');
  }

  asked(path: RegExp): Heard[] {
    return this.heard.filter((heard) => path.test(heard.path));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const part of request.setEncoding('utf8')) body += String(part);
    const heard = { method: request.method ?? '', path: request.url ?? '', body, authorization: request.headers.authorization };
    this.heard.push(heard);
    this.answer(heard, response);
  }
}

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const json = (response: ServerResponse, status: number, body: unknown): void => void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
const ping = (response: ServerResponse, version: string): void => void response.writeHead(204, { 'x-influxdb-version': version }).end();
const statements = ({ body }: Heard): string[] => (new URLSearchParams(body).get('q') ?? '').split(';');
const none = (heard: Heard, response: ServerResponse): void => json(response, 200, { results: statements(heard).map((_, statement_id) => ({ statement_id })) });

async function withStore(answer: Answer, options: Partial<InfluxdbOptions>, use: (store: ReturnType<typeof createStore>, server: StandIn) => Promise<void>): Promise<void> {
  const server = new StandIn(answer);
  const store = createStore(optionsFor(await server.start(), options));
  try {
    await use(store, server);
  } finally {
    await store.close(AbortSignal.abort());
    await server.stop();
  }
}

describe('connecting to InfluxDB', () => {
  const strangers: readonly (readonly [string, Answer])[] = [
    ['answers 404 to everything', (_, response) => json(response, 404, { error: 'nothing here' })],
    ['answers with a page', (_, response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>hello</h1>')],
    ['is of an unknown version', (_, response) => ping(response, '9.1.0')],
  ];
  for (const [title, answer] of strangers) {
    it(`a server that ${title} is a wrong setting`, () =>
      withStore(answer, {}, async (store, server) => {
        const error = await failure(store.start());
        expect(error.code).to.equal('configuration');
        expect(error.message).to.match(/127\.0\.0\.1:\d+/);
        expect(server.heard).to.have.length(1);
      }));
  }

  it('a server that does not speak HTTP is a wrong setting', async () => {
    const server = createTcpServer((socket) => void socket.on('error', () => undefined).resume().end('-ERR unknown command\r\n'));
    const store = createStore(optionsFor(await listen(server)));
    const error = await failure(store.start());
    expect(error.code).to.equal('configuration');
    expect(error.message).to.match(/does not speak HTTP.*metrics-store\.url/);
    await store.close();
    server.close();
    await once(server, 'close');
  });

  it('nothing is tried again inside: one connection for one failed write', async () => {
    await withStore(
      (heard, response) => {
        if (heard.path === '/ping') ping(response, '1.6.7');
        else if (heard.path.startsWith('/write')) response.destroy();
        else none(heard, response);
      },
      {},
      async (store, server) => {
        await store.start();
        expect((await failure(put(store, 'd', [{}]))).code).to.equal('unavailable');
        expect(server.asked(/^\/write/)).to.have.length(1);
      },
    );
  });

  it('a write resolves only when the server has answered', async () => {
    const held: ServerResponse[] = [];
    await withStore(
      (heard, response) => {
        if (heard.path === '/ping') ping(response, '1.6.7');
        else if (heard.path.startsWith('/write')) held.push(response);
        else none(heard, response);
      },
      { 'max-batch-lines': 1 },
      async (store, server) => {
        await store.start();
        let done = false;
        const writing = store.write([batch('d', [{ value: 1 }, { value: 2 }, { value: 3 }])]).then(() => (done = true));
        // One for the series, then three for the points.
        for (let answered = 0; answered < 4; answered += 1) {
          while (held.length === 0) await new Promise((resolve) => setImmediate(resolve));
          expect(done).to.equal(false);
          held.shift()?.writeHead(204).end();
        }
        await writing;
        expect(server.asked(/^\/write/)).to.have.length(4);
      },
    );
  });

  const failures: readonly (readonly [number, string, string])[] = [
    [500, 'engine: cache-max-memory-size exceeded: (1/1)', 'resource_exhausted'],
    [500, 'timeout', 'unavailable'],
    [503, 'not ready', 'unavailable'],
    [429, 'slow down', 'resource_exhausted'],
    [401, 'authorization failed', 'configuration'],
    [403, 'not allowed', 'configuration'],
  ];
  for (const [status, text, code] of failures) {
    it(`a write answered ${status} ${text} throws ${code}`, () =>
      withStore(
        (heard, response) => {
          if (heard.path === '/ping') ping(response, '1.6.7');
          else if (heard.path.startsWith('/write')) json(response, status, { error: text });
          else none(heard, response);
        },
        {},
        async (store) => {
          await store.start();
          const error = await failure(put(store, 'd', [{}]));
          expect(error.code).to.equal(code);
          expect(error.cause).to.be.instanceOf(Error);
        },
      ));
  }

  it('an answer that ends early is unavailable, not an empty one', () =>
    withStore(
      (heard, response) => {
        if (heard.path === '/ping') ping(response, '1.6.7');
        else if (heard.body.includes('DATABASES')) json(response, 200, { results: [{ statement_id: 0, series: [{ columns: ['name'], values: [['cave_d']] }] }] });
        else json(response, 200, { results: [] });
      },
      {},
      async (store) => {
        await store.start();
        const error = await failure(store.query([{ kind: 'windows', database: 'd', metric: 'm', tags: {}, aggregator: 'sum', from: 0, width: 1, count: 1 }]));
        expect(error.code).to.equal('unavailable');
      },
    ));

  it('a statement that takes too long fails alone while the server lives', () =>
    withStore(
      (heard, response) => {
        if (heard.path === '/ping') ping(response, '1.6.7');
        else if (heard.body.includes('DATABASES')) json(response, 200, { results: [{ statement_id: 0, series: [{ columns: ['name'], values: [['cave_d']] }] }] });
        else {
          response.writeHead(200, { 'content-type': 'application/json' });
          for (const [statement_id, text] of statements(heard).entries()) {
            // A part of the heavy one, and then nothing more.
            const heavy = text.includes('heavy');
            response.write(`${JSON.stringify({ results: [{ statement_id, series: [{ columns: ['time', 'sum'], values: [[0, 7]] }], ...(heavy ? { partial: true } : {}) }] })}\n`);
            if (heavy) return;
          }
          response.end();
        }
      },
      { 'query-timeout-ms': 300 },
      async (store) => {
        await store.start();
        const answers = await store.query(['a', 'heavy', 'b', 'c'].map((metric) => ({ kind: 'windows', database: 'd', metric, tags: {}, aggregator: 'sum', from: 0, width: 2_000_000_000, count: 1 })));
        expect(answers.map((answer) => (answer.kind === 'error' ? answer.error.code : answer.kind))).to.deep.equal(['windows', 'unavailable', 'windows', 'windows']);
      },
    ));

  it('2.x: buckets, its write path and its token are used (by its documentation; not proven on a server)', () =>
    withStore(
      (heard, response) => {
        if (heard.path === '/ping') ping(response, 'v2.7.1');
        else if (heard.path.startsWith('/api/v2/orgs')) json(response, 200, { orgs: [{ id: 'o1' }] });
        else if (heard.path.startsWith('/api/v2/buckets') && heard.method === 'GET') json(response, 200, { buckets: [] });
        else if (heard.path.startsWith('/api/v2/')) response.writeHead(204).end();
        else none(heard, response);
      },
      { token: 'secret', organization: 'acme' },
      async (store, server) => {
        await store.start();
        await put(store, 'd', [{}]);
        expect(server.asked(/^\/api\/v2\/write\?org=acme&bucket=cave_d&precision=ns/)).to.have.length(1);
        const [made] = server.heard.filter(({ method, path }) => method === 'POST' && path === '/api/v2/buckets');
        expect(JSON.parse(made?.body ?? '')).to.deep.equal({ orgID: 'o1', name: 'cave_d', retentionRules: [{ type: 'expire', everySeconds: 90 * 86_400 }] });
        expect(new Set(server.heard.map(({ authorization }) => authorization))).to.deep.equal(new Set(['Token secret']));
      },
    ));

  it('3.x: its own API for databases and writing (by its documentation; not proven on a server)', () =>
    withStore(
      (heard, response) => {
        if (heard.path === '/ping') ping(response, '3.1.0');
        else if (heard.path.startsWith('/api/v3/')) response.writeHead(204).end();
        else none(heard, response);
      },
      { token: 'secret' },
      async (store, server) => {
        await store.start();
        await put(store, 'd', [{}]);
        expect(server.asked(/^\/api\/v3\/write_lp\?db=cave_d&precision=nanosecond/)).to.have.length(1);
        expect(JSON.parse(server.asked(/configure\/database/)[0]?.body ?? '')).to.deep.equal({ db: 'cave_d', retention_period: '90d' });
      },
    ));
});
