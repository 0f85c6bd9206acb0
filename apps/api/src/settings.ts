import type { KeepLimits, OptionsSchema } from '@cave/core';

/** Seconds. */
const DAY = 86_400;

/** Settings below `api-service`. The runtime adds those of the HTTP port, the operator token and the adapters. */
export const API_SETTINGS: OptionsSchema = {
  type: 'object',
  properties: {
    'session-minutes': { type: 'integer', minimum: 1, maximum: 43_200, default: 60, description: 'How long a session token is valid.' },
    'confirmation-minutes': { type: 'integer', minimum: 1, maximum: 10_080, default: 60, description: 'How long a link in a mail is valid.' },
    'housekeeping-minutes': { type: 'integer', minimum: 1, maximum: 1440, default: 10, description: 'How often expired session and confirmation tokens, and what is older than is kept, are deleted.' },
    'keep.event-days': { type: 'integer', minimum: 1, maximum: 36_500, default: 90, description: 'How long events of alerts, with their deliveries, and closed status issues are kept. As long as metrics, by default.' },
    'keep.events-per-alert': { type: 'integer', minimum: 100, default: 10_000, description: 'Events of one alert that are kept, whatever their age: an alert that flaps or tells of every check has many.' },
    'keep.audit-days': { type: 'integer', minimum: 1, maximum: 36_500, default: 400, description: 'How long audit records are kept.' },
    domain: { type: 'string', pattern: '^[A-Za-z0-9.-]+$', description: 'Domain below which host names name tenants (organization.domain, team.organization.domain). Default: any domain of two labels.' },
    'limits.body-bytes': { type: 'integer', minimum: 1024, maximum: 104_857_600, default: 5_242_880, description: 'Largest body of a request.' },
    'limits.json-depth': { type: 'integer', minimum: 4, maximum: 1000, default: 32, description: 'Deepest nesting of JSON in a body.' },
    'limits.guesses-per-minute': { type: 'integer', minimum: 1, maximum: 1_000_000, default: 60, description: 'Failed logins, and wrong confirmation tokens, that one address may make in a minute.' },
    'limits.unknown-tokens-per-minute': { type: 'integer', minimum: 1, maximum: 1_000_000, default: 300, description: 'Requests with unknown tokens that one address may make in a minute.' },
    'limits.mails-per-minute': { type: 'integer', minimum: 1, maximum: 1_000_000, default: 120, description: 'Registrations and password mails that one address may ask for in a minute.' },
    'limits.account-delay-seconds': { type: 'number', minimum: 0, maximum: 60, default: 5, description: 'Longest delay of attempts on one account after several failed ones.' },
    'publishing.quota-points-per-second': { type: 'integer', minimum: 0, default: 0, description: 'Points that one organization or team may publish in a second, on average, through one api process; 0: as many as it likes.' },
    'publishing.quota-burst-points': { type: 'integer', minimum: 1, default: 100_000, description: 'Points that may come at once before the quota bites.' },
    'publishing.spread': { type: 'integer', minimum: 0, maximum: 64, default: 0, description: 'Keys that the series of one tenant are spread over, so that a large tenant uses several partitions of the raw stream. Above 1 a request is several records, whose failure in part is answered with 503. 0: as many as there are partitions at the start where the stream grows by them (Kafka, Kinesis), else 1.' },
    'token-cache-ms': { type: 'integer', minimum: 1, maximum: 5000, default: 5000, description: 'How long a withdrawn token may still publish when the config bus is down.' },
  },
};

export interface ApiSettings {
  readonly sessionMinutes: number;
  readonly confirmationMinutes: number;
  readonly housekeepingMinutes: number;
  readonly keep: Omit<KeepLimits, 'busySeconds'>;
  readonly domain: string | null;
  readonly bodyBytes: number;
  readonly jsonDepth: number;
  readonly guessesPerMinute: number;
  readonly unknownTokensPerMinute: number;
  readonly mailsPerMinute: number;
  readonly accountDelayMs: number;
  readonly quotaPointsPerSecond: number;
  readonly quotaBurstPoints: number;
  /** Null: as suits the stream. */
  readonly spread: number | null;
  readonly tokenCacheMs: number;
  readonly operatorToken: string | null;
}

/** From settings that were validated against API_SETTINGS, defaults filled in. */
export function readSettings(settings: Readonly<Record<string, unknown>>): ApiSettings {
  const number = (key: string): number => settings[key] as number;
  const text = (key: string): string | null => (settings[key] as string | undefined) ?? null;
  return {
    sessionMinutes: number('session-minutes'),
    confirmationMinutes: number('confirmation-minutes'),
    housekeepingMinutes: number('housekeeping-minutes'),
    keep: { eventSeconds: number('keep.event-days') * DAY, eventsPerAlert: number('keep.events-per-alert'), auditSeconds: number('keep.audit-days') * DAY },
    domain: text('domain'),
    bodyBytes: number('limits.body-bytes'),
    jsonDepth: number('limits.json-depth'),
    guessesPerMinute: number('limits.guesses-per-minute'),
    unknownTokensPerMinute: number('limits.unknown-tokens-per-minute'),
    mailsPerMinute: number('limits.mails-per-minute'),
    accountDelayMs: number('limits.account-delay-seconds') * 1000,
    quotaPointsPerSecond: number('publishing.quota-points-per-second'),
    quotaBurstPoints: number('publishing.quota-burst-points'),
    spread: number('publishing.spread') === 0 ? null : number('publishing.spread'),
    tokenCacheMs: number('token-cache-ms'),
    operatorToken: text('operator-token'),
  };
}

/** The defaults of API_SETTINGS, as a start without configuration has them. */
export function defaultSettings(): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(API_SETTINGS.properties).flatMap(([key, schema]) => (schema.default === undefined ? [] : [[key, schema.default]])));
}
