import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { RunningService, ServiceContext } from '@cave/app-runtime';
import type { Clock, LogFields, Logger, Telemetry } from '@cave/core';
import express from 'express';
import { wwwServiceOf } from '../../src/index.js';
import { Browser } from './browser.js';
import { buildClient } from './client-build.js';
import { StandInApi } from './stand-in-api.js';

export interface WwwTestOptions {
  /** Below `www`. */
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly baseUrl?: string;
  /** Shared settings, by full key. */
  readonly base?: Readonly<Record<string, unknown>>;
  readonly trustedProxies?: readonly string[];
}

export interface LogLine {
  readonly level: string;
  readonly event: string;
  readonly fields: LogFields;
}

/** The real www, mounted as the runtime mounts it, before a stand-in for the api. */
export interface WwwUnderTest {
  readonly url: string;
  readonly port: number;
  readonly api: StandInApi;
  readonly service: RunningService;
  readonly lines: readonly LogLine[];
  browser(): Browser;
  close(): Promise<void>;
}

export async function startWww(options: WwwTestOptions = {}): Promise<WwwUnderTest> {
  const client = await buildClient();
  const api = new StandInApi();
  await api.start();
  const lines: LogLine[] = [];
  const service = await wwwServiceOf(client.directory).create(contextOf({ 'api-url': api.url, ...options.settings }, { 'www.base-url': options.baseUrl, ...options.base }, lines));
  const root = express();
  root.disable('x-powered-by');
  root.set('trust proxy', options.trustedProxies === undefined ? false : [...options.trustedProxies]);
  if (service.app !== undefined) root.use(service.app);
  const server = createServer(root);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  service.listening?.(url);
  return {
    url, port, api, service, lines,
    browser: () => new Browser(url),
    async close() {
      await closed(server);
      await service.stop(AbortSignal.timeout(5_000));
      await api.stop();
      await client.remove();
    },
  };
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

const clock: Clock = { nowMs: () => Date.now(), monotonicMs: () => performance.now() };
const telemetry: Telemetry = { count: () => undefined, gauge: () => undefined, observe: () => undefined };

/** What the runtime hands to a service, with settings whose defaults are filled in. */
export function contextOf(settings: Readonly<Record<string, unknown>>, base: Readonly<Record<string, unknown>>, lines: LogLine[] = []): ServiceContext {
  const log = (level: string) => (event: string, fields: LogFields = {}): void => void lines.push({ level, event, fields });
  const logger: Logger = { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error'), child: () => logger };
  return {
    name: 'www',
    settings: { 'request-timeout-seconds': 60, 'limits.body-bytes': 5_242_880, ...settings },
    base,
    profile: 'embedded',
    // www declares no port, so that it may touch none.
    ports: {} as ServiceContext['ports'],
    logger,
    telemetry,
    clock,
    instanceId: 'test',
    urlOf: () => null,
  };
}
