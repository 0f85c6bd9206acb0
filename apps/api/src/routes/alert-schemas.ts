import { AGGREGATORS, MAX_CONDITION_LENGTH } from '@cave/core';
import { Type } from '@sinclair/typebox';
import { DateTime, OneOf } from '../http/schemas.js';

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
const readOnly = { id: Type.Optional(Type.String()), related_metrics: Type.Optional(Type.Unknown()), warnings: Type.Optional(Type.Unknown()) };

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
    related_metrics: Type.Array(RelatedMetric, { description: 'The metrics that the condition reads.' }),
    warnings: Type.Optional(Type.Array(Warning, { description: 'The condition is legal, but probably not what was meant.' })),
  },
  { $id: 'Alert' },
);

export const AlertList = Type.Array(AlertSchema, { $id: 'Alerts' });

const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()]);

const DeliverySchema = Type.Object({
  receiver: Type.String({ description: 'Of a URL only the host: paths often hold secrets.' }),
  status: OneOf(['pending', 'delivered', 'given_up']),
  created: DateTime(''),
  attempts: Type.Array(Type.Object({ at: DateTime(''), outcome: OneOf(['delivered', 'retry', 'refused']), http_status: nullable(Type.Integer()), answer: Type.String() })),
});

export const AlertHistorySchema = Type.Object(
  {
    state: Type.Object({
      state: OneOf(['ok', 'firing']),
      since: nullable(DateTime('Of the last change; null: it never changed.')),
      health: OneOf(['fine', 'no_data', 'error']),
      last_check: nullable(DateTime('Time of the last recorded check.')),
    }),
    events: Type.Array(
      Type.Object({
        id: Type.String(),
        type: OneOf(['triggered', 'resolved', 'reminder', 'no_data', 'error']),
        time: DateTime('Of the check that caused it.'),
        state: OneOf(['ok', 'firing'], { description: 'After the event.' }),
        since: nullable(DateTime('')),
        health: OneOf(['fine', 'no_data', 'error']),
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
