import type { RunningService, ServiceContext, ServiceDefinition } from '@cave/app-runtime';
import { VERSION, webUiUrl } from '@cave/app-runtime';
import { ChangeRelay, NumberBlocks, RequestTimings, StoreTaskRunner, type RawStream, type Telemetry } from '@cave/core';
import { createApi } from './api.js';
import { dataRoutes } from './data-routes.js';
import { HousekeepingLoop } from './housekeeping-loop.js';
import type { OutboxMail } from './routes/internal.js';
import { Argon2Hasher } from './password-hasher.js';
import { API_SETTINGS, readSettings } from './settings.js';

/** The HTTP API, with the relays that bring its committed changes to the config bus and the metrics stores. */
export const apiService: ServiceDefinition = {
  name: 'api',
  rootKey: 'api-service',
  ports: ['config-store', 'config-bus', 'raw-stream', 'metrics-store', 'mailer'],
  settings: API_SETTINGS,
  create: createApiService,
};

/** As `publishing.spread` at most. */
const MOST_KEYS = 64;
/** Most mails that the outbox route shows. */
const OUTBOX_LIMIT = 200;

async function outboxOf(dataDirectory: string): Promise<readonly OutboxMail[]> {
  // Loaded where it is used only: with a mail server there is no embedded adapter to load.
  const { readOutbox } = await import('@cave/adapter-embedded/mailer');
  const mails = await readOutbox(dataDirectory, OUTBOX_LIMIT);
  return mails.map(({ id, to, subject, text, sentMs }) => ({ id, to, subject, text, at: new Date(sentMs) }));
}

/** Where a stream grows by its partitions, one of them must not be all that a tenant can have. */
async function spreadOn(stream: RawStream): Promise<number> {
  return stream.capabilities.repartitions ? Math.min(MOST_KEYS, (await stream.partitions()).length) : 1;
}

async function createApiService(context: ServiceContext): Promise<RunningService> {
  const { configBus, configStore, mailer, metricsStores, rawStream } = context.ports;
  const settings = readSettings(context.settings);
  const spread = settings.spread ?? (await spreadOn(rawStream));
  const { clock, logger } = context;
  const numbers = new NumberBlocks(configStore.numbers);
  const timings = new RequestTimings({ rawStream, numbers, clock, logger });
  const telemetry = alsoTiming(context.telemetry, timings);
  let listeningUrl = 'http://127.0.0.1';

  const changes = new ChangeRelay({ store: configStore, bus: configBus, logger, telemetry });
  const storeTasks = new StoreTaskRunner({ store: configStore, metricsStores, logger });
  const api = createApi({
    store: configStore,
    metricsStores,
    mailer,
    hasher: new Argon2Hasher(),
    clock,
    logger,
    telemetry,
    settings,
    trustedProxies: context.base['trusted-proxies'] as readonly string[],
    baseUrl: () => (context.base['api-service.base-url'] as string | undefined) ?? listeningUrl,
    wwwUrl: () => webUiUrl(context),
    readOutbox: mailer.capabilities.delivers ? null : () => outboxOf(String(context.base['data-dir'])),
    dataRoutes: dataRoutes({ store: configStore, stream: rawStream, metricsStores, numbers, clock, telemetry, settings, spread }),
    version: VERSION,
    onChange: () => {
      changes.wake();
      storeTasks.wake();
    },
  });
  const subscription = await configBus.subscribe({
    onMessage: ({ key }) => {
      if (!key.startsWith('alert:')) api.tenantsChanged();
    },
    onResync: () => api.tenantsChanged(),
  });
  await api.prepare();
  const housekeeping = new HousekeepingLoop(api.housekeeping, settings.keep, logger, telemetry, settings.housekeepingMinutes * 60_000);
  changes.start();
  storeTasks.start();
  housekeeping.start();
  timings.start();
  return {
    app: api.app,
    internal: api.internal,
    health: () => Promise.resolve({ 'change relay': changes.health(), 'store tasks': storeTasks.health() }),
    listening(url) {
      listeningUrl = url;
    },
    async stop(signal) {
      housekeeping.stop();
      await Promise.all([api.stop(signal), changes.stop(), storeTasks.stop(), timings.stop()]);
      await subscription.unsubscribe();
    },
  };
}

/** Request durations go to CAVE's own metrics beside the process's telemetry. */
function alsoTiming(telemetry: Telemetry, timings: RequestTimings): Telemetry {
  return {
    count: (name, by, labels) => telemetry.count(name, by, labels),
    gauge: (name, value, labels) => telemetry.gauge(name, value, labels),
    observe: (name, value, labels) => {
      telemetry.observe(name, value, labels);
      if (name === 'cave_api_request_seconds' && labels?.['route'] !== undefined) timings.record(labels['route'], value);
    },
  };
}
