import type { components } from '../../../api/contract.js';
import type { Alert } from '../alert.js';
import { durationFault, periodFault } from '../period-words.js';
import { safeLink } from '../safe-link.js';

export interface RoutingRow {
  readonly key: string;
  readonly value: string;
}

/** What the form of an alert holds; an empty text stands for "not set". */
export interface AlertFormValues {
  readonly description: string;
  readonly condition: string;
  readonly period: string;
  readonly enabled: boolean;
  readonly handbookUrl: string;
  readonly routing: readonly RoutingRow[];
  readonly repeatInterval: string;
  readonly notify: 'changes' | 'every_check';
  readonly notifyNoData: boolean;
  readonly notifyError: boolean;
  readonly lookback: string;
}

export type AlertBody = Omit<components['schemas']['NewAlert'], 'id' | 'status' | 'related_metrics' | 'warnings'>;

/** Fields of the form by their names in the api. */
export const FIELD_OF: Readonly<Record<string, keyof AlertFormValues>> = {
  description: 'description',
  condition: 'condition',
  period: 'period',
  enabled: 'enabled',
  handbook_url: 'handbookUrl',
  routing: 'routing',
  repeat_interval: 'repeatInterval',
  notify: 'notify',
  notify_no_data: 'notifyNoData',
  notify_error: 'notifyError',
  lookback: 'lookback',
};

export const EMPTY_FORM: AlertFormValues = {
  description: '', condition: '', period: '1m', enabled: true, handbookUrl: '', routing: [], repeatInterval: '', notify: 'changes', notifyNoData: false, notifyError: false, lookback: '',
};

export function valuesOf(alert: Alert): AlertFormValues {
  return {
    description: alert.description,
    condition: alert.condition,
    period: alert.period,
    enabled: alert.enabled,
    handbookUrl: alert.handbook_url ?? '',
    routing: Object.entries(alert.routing ?? {}).map(([key, value]) => ({ key, value })),
    repeatInterval: alert.repeat_interval ?? '',
    notify: alert.notify,
    notifyNoData: alert.notify_no_data,
    notifyError: alert.notify_error,
    lookback: alert.lookback ?? '',
  };
}

/** All settings, so that what was emptied is taken away. Rows of the routing that are wholly empty do not count. */
export function bodyOf(values: AlertFormValues): AlertBody {
  const rows = values.routing.filter(isUsed);
  const orNull = (text: string): string | null => (text.trim() === '' ? null : text.trim());
  return {
    description: values.description,
    condition: values.condition,
    period: values.period.trim(),
    enabled: values.enabled,
    handbook_url: orNull(values.handbookUrl),
    routing: rows.length === 0 ? null : Object.fromEntries(rows.map(({ key, value }) => [key.trim(), value])),
    repeat_interval: orNull(values.repeatInterval),
    notify: values.notify,
    notify_no_data: values.notifyNoData,
    notify_error: values.notifyError,
    lookback: orNull(values.lookback),
  };
}

/** Only what was changed, so that saving does not take back what somebody else has changed meanwhile. */
export function changesOf(saved: AlertFormValues, values: AlertFormValues): Partial<AlertBody> {
  const before: Readonly<Record<string, unknown>> = { ...bodyOf(saved) };
  return Object.fromEntries(Object.entries(bodyOf(values)).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(before[name])));
}

/** What is wrong before the api is asked, by field; the condition has an editor that says so itself. */
export function faultsOf(values: AlertFormValues): Partial<Record<keyof AlertFormValues, string>> {
  const faults: readonly (readonly [keyof AlertFormValues, string | null])[] = [
    ['description', values.description.trim() === '' ? 'Say what it means when this alert fires.' : null],
    ['period', values.period.trim() === '' ? 'Say how often it is checked, such as 1m.' : periodFault(values.period.trim())],
    ['handbookUrl', values.handbookUrl.trim() === '' || safeLink(values.handbookUrl.trim()) !== null ? null : 'This must be a full address that begins with http:// or https://.'],
    ['routing', routingFault(values.routing)],
    ['repeatInterval', durationFault(values.repeatInterval.trim())],
    ['lookback', durationFault(values.lookback.trim())],
  ];
  return Object.fromEntries(faults.filter(([, fault]) => fault !== null));
}

function routingFault(rows: readonly RoutingRow[]): string | null {
  const keys = rows.filter(isUsed).map(({ key }) => key.trim());
  if (keys.includes('')) return 'Each value needs a key.';
  const twice = keys.find((key, index) => keys.indexOf(key) !== index);
  return twice === undefined ? null : `The key "${twice}" is there twice.`;
}

function isUsed({ key, value }: RoutingRow): boolean {
  return key.trim() !== '' || value !== '';
}
