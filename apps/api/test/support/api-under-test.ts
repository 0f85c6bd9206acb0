import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { NumberBlocks, type ConfigStore } from '@cave/core';
import express from 'express';
import { Argon2Hasher, createApi, defaultSettings, readSettings, type Api, type ApiSettings } from '../../src/index.js';
import { dataRoutes } from '../../src/data-routes.js';
import { openApiDocument } from '../../src/http/openapi.js';
import type { Answered } from './answered.js';
import { Client } from './client.js';
import { metricsStoresOf, RecordingLogger, RecordingMailer, RecordingStream, silentTelemetry, TellTaleStore, TestClock } from './doubles.js';
import { openStore } from './store.js';
import { ResponseContract } from './response-contract.js';

export const OPERATOR_TOKEN = 'operator-token-of-the-test';
export const BASE_URL = 'https://api.cave.test';
export const WWW_URL = 'https://www.cave.test';

export interface TestOptions {
  readonly settings?: Partial<ApiSettings>;
  readonly trustedProxies?: readonly string[];
  readonly mailer?: RecordingMailer;
}

/** The api on a free port, over a real embedded config store; metrics store and stream are recorders. */
export interface ApiUnderTest {
  readonly api: Api;
  readonly client: Client;
  readonly contract: ResponseContract;
  readonly clock: TestClock;
  readonly logger: RecordingLogger;
  readonly mailer: RecordingMailer;
  readonly store: ConfigStore;
  readonly stream: RecordingStream;
  /** Registers, confirms and logs in. */
  user(email: string): Promise<{ readonly email: string; readonly session: string }>;
  /** Creates an organization; answers its `default` token. */
  organization(session: string, name: string): Promise<string>;
  team(session: string, organization: string, name: string): Promise<string>;
  close(): Promise<void>;
}

export const PASSWORD = 'correct horse battery staple';

export async function startApi(options: TestOptions = {}): Promise<ApiUnderTest> {
  const clock = new TestClock();
  const logger = new RecordingLogger();
  const mailer = options.mailer ?? new RecordingMailer();
  const stream = new RecordingStream();
  const { store, close: closeStore } = await openStore();
  const metricsStores = metricsStoresOf(new TellTaleStore(), ['west']);
  // Generous limits: tests of the limits set their own.
  const settings: ApiSettings = {
    ...readSettings(defaultSettings()),
    operatorToken: OPERATOR_TOKEN,
    domain: 'cave.test',
    guessesPerMinute: 100_000,
    mailsPerMinute: 100_000,
    unknownTokensPerMinute: 100_000,
    accountDelayMs: 0,
    ...options.settings,
  };
  const api = createApi({
    store,
    metricsStores,
    mailer,
    mailSending: { attempts: 3, firstRetryMs: 1, maxRetryMs: 2 },
    hasher: new Argon2Hasher(),
    clock,
    logger,
    telemetry: silentTelemetry,
    settings,
    trustedProxies: options.trustedProxies ?? [],
    baseUrl: () => BASE_URL,
    wwwUrl: () => WWW_URL,
    readOutbox: () => Promise.resolve(mailer.sent.map(({ id, to, subject, text }) => ({ id, to, subject, text, at: new Date() })).reverse()),
    dataRoutes: dataRoutes({ store, stream, metricsStores, numbers: new NumberBlocks(store.numbers), clock, telemetry: silentTelemetry, settings, spread: 1 }),
    version: '0.0.0',
    onChange: () => undefined,
  });
  await api.prepare();
  const server = await listen(api);
  const { port } = server.address() as AddressInfo;
  const contract = new ResponseContract(JSON.parse(JSON.stringify(openApiDocument(api.routes, '0.0.0', '/'))));
  const client = new Client(`http://127.0.0.1:${port}`, contract);

  const user = async (email: string): Promise<{ email: string; session: string }> => {
    expectStatus(202, await client.call('POST', '/users/register', { body: { email } }));
    expectStatus(201, await client.call('POST', '/users/confirm', { body: { first_name: 'First', last_name: 'Last', password: PASSWORD, confirmation_token: linkToken(mailer, email) } }));
    const login = expectStatus(200, await client.call('POST', '/users/login', { body: { email, password: PASSWORD } }));
    return { email, session: login.json.token };
  };
  return {
    api, client, contract, clock, logger, mailer, store, stream, user,
    async organization(session, name) {
      const created = await client.call('POST', '/organizations', { token: session, body: { name, email: `${name}@cave.test`, notification_url: `https://hooks.test/${name}` } });
      return expectStatus(201, created).json.tokens[0].value;
    },
    async team(session, organization, name) {
      return expectStatus(201, await client.call('POST', `/organizations/${organization}/teams`, { token: session, body: { name } })).json.tokens[0].value;
    },
    async close() {
      await new Promise<void>((resolve) => server.close(() => resolve()));
      await api.stop();
      await closeStore();
    },
  };
}

/** Mounted as the runtime mounts it. */
async function listen(api: Api): Promise<Server> {
  const root = express();
  root.use('/_internal_', api.internal);
  root.use(api.app);
  const server = createServer(root);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

export function expectStatus(status: number, answered: Answered): Answered {
  if (answered.status !== status) throw new Error(`expected ${status}, got ${answered.status}: ${answered.text}`);
  return answered;
}

/** The secret of the link in the newest mail to this address. */
export function linkToken(mailer: RecordingMailer, email: string): string {
  const token = /[?&]token=([\w-]+)/.exec(mailer.lastTo(email).text)?.[1];
  if (token === undefined) throw new Error(`the mail to ${email} has no link with a token`);
  return token;
}
