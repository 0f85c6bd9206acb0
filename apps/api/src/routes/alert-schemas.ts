import { AGGREGATORS, MAX_CONDITION_LENGTH } from '@cave/core';
import { Type } from '@sinclair/typebox';
import { DateTime, OneOf } from '../http/schemas.js';
import { pageParameters } from './pages.js';

const Routing = Type.Record(Type.String({ maxLength: 255 }), Type.String({ maxLength: 1_024 }), { maxProperties: 50, description: 'Where to send it, such as `pagerduty_service_api_key`.' });

const description = Type.String({ minLength: 1, maxLength: 4_096 });
const period = Type.String({ maxLength: 32, description: 'How often it is checked: `5m`, or `@08:30` for daily, UTC.' });
const condition = Type.String({ maxLength: MAX_CONDITION_LENGTH, description: 'See the language of alert conditions.' });
const handbookUrl = Type.Union([Type.String({ maxLength: 2_048 }), Type.Null()]);
const routing = Type.Union([Routing, Type.Null()]);
const duration = (text: string) => Type.Union([Type.String({ maxLength: 32 }), Type.Null()], { description: text });

const optionalSettings = {
  handbook_url: Type.Optional(handbookUrl),
  routing: Type.Optional(routing),
  repeat_interval: Type.Optional(duration('Reminder while firing, such as `4h`; null: none.')),
  notify: Type.Optional(OneOf(['changes', 'every_check'], { description: '`every_check`: a notification at each true check.' })),
  notify_no_data: Type.Optional(Type.Boolean({ description: 'Tell when there has been no data for 3 checks.' })),
  notify_error: Type.Optional(Type.Boolean({ description: 'Tell when 3 checks have failed.' })),
  lookback: Type.Optional(duration('How far back points are looked for; null: 10 periods, at least 1 hour.')),
};

/** What a GET answers beside the settings; accepted and ignored, so that an answer can be sent back changed. */
const readOnly = { id: Type.Optional(Type.String()), status: Type.Optional(Type.Unknown()), related_metrics: Type.Optional(Type.Unknown()), warnings: Type.Optional(Type.Unknown()) };

export const NewAlertBody = Type.Object({ description, enabled: Type.Boolean(), period, condition, ...optionalSettings, ...readOnly }, { $id: 'NewAlert', additionalProperties: false });

export const AlertChangeBody = Type.Object(
  { description: Type.Optional(description), enabled: Type.Optional(Type.Boolean()), period: Type.Optional(period), condition: Type.Optional(condition), ...optionalSettings, ...readOnly },
  { $id: 'AlertChange', additionalProperties: false },
);

const Tags = Type.Record(Type.String(), Type.String());

const RelatedMetric = Type.Object({
  name: Type.String(),
  tags: Tags,
  aggregator: Type.Optional(OneOf(AGGREGATORS)),
  period_seconds: Type.Optional(Type.Integer()),
});

const Warning = Type.Object({ code: Type.String(), message: Type.String(), source: Type.String(), suggestion: Type.String() });

const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()]);

const ALERT_STATES = ['ok', 'firing'] as const;
const ALERT_HEALTHS = ['fine', 'no_data', 'error'] as const;

export const AlertStatusSchema = Type.Object(
  {
    state: OneOf(ALERT_STATES),
    since: nullable(DateTime('Of the last change of the state; null: it never changed.')),
    health: OneOf(ALERT_HEALTHS),
    last_check: nullable(DateTime('Time of the last recorded check; null: none yet.')),
  },
  { $id: 'AlertStatus' },
);

export const AlertSchema = Type.Object(
  {
    id: Type.String(),
    description: Type.String(),
    enabled: Type.Boolean(),
    period: Type.String(),
    condition: Type.String(),
    handbook_url: Type.Optional(Type.String()),
    routing: Type.Optional(Routing),
    repeat_interval: Type.Optional(Type.String()),
    notify: OneOf(['changes', 'every_check']),
    notify_no_data: Type.Boolean(),
    notify_error: Type.Boolean(),
    lookback: Type.Optional(Type.String()),
    status: AlertStatusSchema,
    related_metrics: Type.Array(RelatedMetric, { description: 'The metrics that the condition reads.' }),
    warnings: Type.Optional(Type.Array(Warning, { description: 'The condition is legal, but probably not what was meant.' })),
  },
  { $id: 'Alert' },
);

export const AlertListQuery = Type.Object(
  {
    q: Type.Optional(Type.String({ maxLength: 200, description: 'Part of the description or of the condition, in capitals or small letters. Every character means itself.' })),
    state: Type.Optional(OneOf(ALERT_STATES)),
    health: Type.Optional(OneOf(ALERT_HEALTHS)),
    enabled: Type.Optional(Type.Boolean()),
    sort: Type.Optional(OneOf(['created', 'urgency'], { description: '`created`, the default: the oldest first. `urgency`: what is firing, then what is in bad health, then the rest, within each the newest change of state first.' })),
    ...pageParameters,
  },
  { additionalProperties: false },
);

export const AlertList = Type.Array(AlertSchema, { $id: 'Alerts' });

const DeliverySchema = Type.Object({
  receiver: Type.String({ description: 'Of a URL only the host: paths often hold secrets.' }),
  status: OneOf(['pending', 'delivered', 'given_up']),
  created: DateTime(''),
  attempts: Type.Array(Type.Object({ at: DateTime(''), outcome: OneOf(['delivered', 'retry', 'refused']), http_status: nullable(Type.Integer()), answer: Type.String() })),
});

export const AlertHistorySchema = Type.Object(
  {
    state: AlertStatusSchema,
    events: Type.Array(
      Type.Object({
        id: Type.String(),
        type: OneOf(['triggered', 'resolved', 'reminder', 'no_data', 'error']),
        time: DateTime('Of the check that caused it.'),
        state: OneOf(ALERT_STATES, { description: 'After the event.' }),
        since: nullable(DateTime('')),
        health: OneOf(ALERT_HEALTHS),
        reason: Type.String(),
        superseded: Type.Boolean({ description: 'Found when catching up and overtaken by a later one: recorded, not told.' }),
        values: Type.Array(Type.Object({ time: nullable(DateTime('')), left: nullable(Type.Number()), right: nullable(Type.Number()) }), { description: 'What was compared, newest first.' }),
        deliveries: Type.Array(DeliverySchema),
      }),
      { description: 'Newest first.' },
    ),
  },
  { $id: 'AlertHistory' },
);
