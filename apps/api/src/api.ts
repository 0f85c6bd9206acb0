import {
  AccountMails,
  Clusters,
  Housekeeping,
  MailSender,
  Members,
  Organizations,
  PasswordResets,
  Profiles,
  PublishAccess,
  Registration,
  Sessions,
  Teams,
  TenantDirectory,
  Tokens,
  type Clock,
  type ConfigStore,
  type Logger,
  type Mailer,
  type MailSenderOptions,
  type MetricsStores,
  type PasswordHasher,
  type Telemetry,
} from '@cave/core';
import type { Application, Router } from 'express';
import { CachedPublishAccess } from './cached-publish-access.js';
import { AccessControl } from './http/access.js';
import type { Route } from './http/route.js';
import { createHttp } from './http/server.js';
import { AccountDelay, AddressLimit } from './limits.js';
import { docsRoutes } from './routes/docs.js';
import { internalRoutes, type OutboxMail } from './routes/internal.js';
import { memberRoutes } from './routes/members.js';
import { organizationRoutes } from './routes/organizations.js';
import { teamRoutes } from './routes/teams.js';
import { tokenRoutes } from './routes/tokens.js';
import { userRoutes } from './routes/users.js';
import type { ApiSettings } from './settings.js';

export interface ApiDependencies {
  readonly store: ConfigStore;
  readonly metricsStores: Pick<MetricsStores, 'names'>;
  readonly mailer: Mailer;
  readonly mailSending?: MailSenderOptions;
  readonly hasher: PasswordHasher;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly telemetry: Telemetry;
  readonly settings: ApiSettings;
  readonly trustedProxies: readonly string[];
  /** Public URL of the api and of the web UI; read with each request. */
  readonly baseUrl: () => string;
  readonly wwwUrl: () => string;
  /** Null where mails leave the machine. */
  readonly readOutbox: (() => Promise<readonly OutboxMail[]>) | null;
  /** Routes of metrics and alerts; they stand first, since publishing is the busiest of all. */
  readonly dataRoutes: readonly Route[];
  readonly version: string;
  /** A configuration change may have been committed: its outbox rows are waiting. */
  readonly onChange: () => void;
}

export interface Api {
  readonly app: Application;
  readonly internal: Router;
  /** Every route that is served. */
  readonly routes: readonly Route[];
  readonly housekeeping: Housekeeping;
  /** Tokens, teams or organizations changed somewhere: forget what publishing remembers. */
  tenantsChanged(): void;
  /** Makes what the first requests would have to wait for. */
  prepare(): Promise<void>;
  /** Lets mails under way finish; gives them up when the signal fires. */
  stop(signal?: AbortSignal): Promise<void>;
}

const MINUTE = 60;

/** Puts the use cases together and serves them over HTTP. No I/O. */
export function createApi(deps: ApiDependencies): Api {
  const { clock, hasher, metricsStores, settings, store } = deps;
  const mails = new AccountMails(deps.wwwUrl);
  const sender = new MailSender(deps.mailer, deps.logger, deps.telemetry, deps.mailSending);
  const confirmation = { confirmationMinutes: settings.confirmationMinutes };
  const sessions = new Sessions(store, hasher, clock, { sessionMinutes: settings.sessionMinutes });
  const tokens = new Tokens(store);
  const housekeeping = new Housekeeping(store, clock);
  const publishing = new CachedPublishAccess(new PublishAccess(store), { maxEntries: 10_000, ttlMs: settings.tokenCacheMs });
  const unknownTokens = new AddressLimit(settings.unknownTokensPerMinute, MINUTE);
  const delay = { windowSeconds: 15 * MINUTE, firstMs: 250, maxMs: settings.accountDelayMs };

  const routes: Route[] = [
    ...deps.dataRoutes,
    ...userRoutes({
      registration: new Registration(store, hasher, mails, sender, clock, confirmation),
      sessions,
      resets: new PasswordResets(store, hasher, mails, sender, clock, confirmation),
      profiles: new Profiles(store, hasher),
      mailLimit: new AddressLimit(settings.mailsPerMinute, MINUTE),
      guessLimit: new AddressLimit(settings.guessesPerMinute, MINUTE),
      loginDelay: new AccountDelay({ free: 5, ...delay }),
      mailDelay: new AccountDelay({ free: 3, ...delay }),
    }),
    ...organizationRoutes({ organizations: new Organizations(store, metricsStores, clock), tokens }),
    ...memberRoutes(new Members(store, mails, sender)),
    ...teamRoutes({ teams: new Teams(store, metricsStores, clock), tokens }),
    ...tokenRoutes(tokens),
    ...internalRoutes({ housekeeping, clusters: new Clusters(store, metricsStores), tokens, status: store.status, readOutbox: deps.readOutbox }),
  ];
  routes.push(...docsRoutes(routes, deps.version));

  const { app, internal } = createHttp({
    routes,
    access: new AccessControl({
      sessions,
      tenants: new TenantDirectory(store),
      publishing,
      guesses: { record: (address) => unknownTokens.take(address) },
      operatorToken: settings.operatorToken,
      domain: settings.domain,
    }),
    limits: { maxBytes: settings.bodyBytes, maxDepth: settings.jsonDepth },
    trustedProxies: deps.trustedProxies,
    baseUrl: () => deps.baseUrl().replace(/\/+$/, ''),
    onChange: deps.onChange,
    logger: deps.logger,
    telemetry: deps.telemetry,
  });
  return {
    app,
    internal,
    routes,
    housekeeping,
    tenantsChanged: () => publishing.invalidate(),
    prepare: () => sessions.prepare(),
    stop: (signal) => sender.stop(signal),
  };
}
