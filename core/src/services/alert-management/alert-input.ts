import { CaveError } from '../../errors.js';
import type { AlertSettings, Period } from '../../domain/alert.js';
import type { Condition } from '../../domain/condition.js';
import { parseCondition } from '../../domain/condition-parser.js';
import { parseDuration } from '../../domain/duration.js';
import { parsePeriod } from '../../domain/period.js';

/** What a user sends; durations as texts of the alert language, such as `30m`. Undefined: not sent. */
export interface AlertInput {
  readonly description?: string | undefined;
  readonly enabled?: boolean | undefined;
  readonly period?: string | undefined;
  readonly condition?: string | undefined;
  readonly handbookUrl?: string | null | undefined;
  readonly routing?: Readonly<Record<string, string>> | null | undefined;
  readonly repeatInterval?: string | null | undefined;
  readonly notify?: 'changes' | 'every_check' | undefined;
  readonly notifyNoData?: boolean | undefined;
  readonly notifyError?: boolean | undefined;
  readonly lookback?: string | null | undefined;
}

export interface NewAlertInput extends AlertInput {
  readonly description: string;
  readonly enabled: boolean;
  readonly period: string;
  readonly condition: string;
}

/** Settings whose text forms are known to parse, and what they parse to. */
export interface ReadSettings {
  readonly settings: AlertSettings;
  readonly period: Period;
  readonly condition: Condition;
}

/** Settings of a new alert. Throws `invalid_argument`, for condition, period and durations with the column. */
export function newSettings(input: NewAlertInput): ReadSettings {
  return read({
    description: input.description,
    enabled: input.enabled,
    period: input.period,
    condition: input.condition,
    handbookUrl: input.handbookUrl ?? null,
    routing: input.routing ?? null,
    repeatIntervalSeconds: seconds('repeat_interval', input.repeatInterval ?? null),
    notify: input.notify ?? 'changes',
    notifyNoData: input.notifyNoData ?? false,
    notifyError: input.notifyError ?? false,
    lookbackSeconds: seconds('lookback', input.lookback ?? null),
  });
}

/** `present` with what was sent; null takes an optional setting away. */
export function changedSettings(present: AlertSettings, input: AlertInput): ReadSettings {
  return read({
    description: input.description ?? present.description,
    enabled: input.enabled ?? present.enabled,
    period: input.period ?? present.period,
    condition: input.condition ?? present.condition,
    handbookUrl: input.handbookUrl === undefined ? present.handbookUrl : input.handbookUrl,
    routing: input.routing === undefined ? present.routing : input.routing,
    repeatIntervalSeconds: input.repeatInterval === undefined ? present.repeatIntervalSeconds : seconds('repeat_interval', input.repeatInterval),
    notify: input.notify ?? present.notify,
    notifyNoData: input.notifyNoData ?? present.notifyNoData,
    notifyError: input.notifyError ?? present.notifyError,
    lookbackSeconds: input.lookback === undefined ? present.lookbackSeconds : seconds('lookback', input.lookback),
  });
}

/** Names of the settings that differ; the order of routing entries does not count. */
export function differingSettings(one: AlertSettings, other: AlertSettings): readonly (keyof AlertSettings)[] {
  const keys: readonly (keyof AlertSettings)[] = [
    'description',
    'enabled',
    'period',
    'condition',
    'handbookUrl',
    'routing',
    'repeatIntervalSeconds',
    'notify',
    'notifyNoData',
    'notifyError',
    'lookbackSeconds',
  ];
  return keys.filter((key) => canonical(one[key]) !== canonical(other[key]));
}

function read(settings: AlertSettings): ReadSettings {
  if (settings.description.trim() === '') {
    throw new CaveError('invalid_argument', 'The description must not be empty.', { reason: 'invalid_description', details: { field: 'description' } });
  }
  if (settings.handbookUrl !== null) checkHandbookUrl(settings.handbookUrl);
  return {
    settings,
    period: inField('period', () => parsePeriod(settings.period)),
    condition: inField('condition', () => parseCondition(settings.condition)),
  };
}

function checkHandbookUrl(text: string): void {
  // People click it: anything but the web (javascript:, data:) has no place there.
  const protocol = URL.canParse(text) ? new URL(text).protocol : '';
  if (protocol !== 'http:' && protocol !== 'https:') {
    throw new CaveError('invalid_argument', 'The handbook URL must be a full http or https address.', { reason: 'invalid_handbook_url', details: { field: 'handbook_url' } });
  }
}

function seconds(field: string, duration: string | null): number | null {
  return duration === null ? null : inField(field, () => parseDuration(duration));
}

/** Adds to an error which setting it is about, as `details.field`. */
function inField<T>(field: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof CaveError)) throw error;
    const { code, message, reason, details } = error;
    throw new CaveError(code, message, { cause: error, details: { ...details, field }, ...(reason === undefined ? {} : { reason }) });
  }
}

function canonical(value: AlertSettings[keyof AlertSettings]): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return JSON.stringify(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
