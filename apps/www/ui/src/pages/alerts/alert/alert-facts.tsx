import { Code, Group, Text } from '@mantine/core';
import { readCondition } from '@cave/core/language';
import { ConditionText, toPlainWords } from '../../../condition/index.js';
import { TimeText } from '../../../parts/time-text.js';
import type { Alert } from '../alert.js';
import { HealthText, StateText } from '../alert-state.js';
import classes from '../alerts.module.css';
import { EnabledSwitch } from '../enabled-switch.js';
import { HandbookLink } from './handbook-link.js';
import { durationTextWords, periodWords } from '../period-words.js';

/** State and settings of an alert. */
export function AlertFacts({ alert }: { readonly alert: Alert }): React.ReactNode {
  const { status } = alert;
  const { condition } = readCondition(alert.condition);
  return (
    <dl className={classes['facts']}>
      <Fact name="State">
        <Group gap="xs">
          <StateText alert={alert} />
          {status.since !== null && <span>since <TimeText iso={status.since} /> (<TimeText iso={status.since} form="relative" />)</span>}
        </Group>
      </Fact>
      <Fact name="Health"><HealthText alert={alert} /></Fact>
      <Fact name="Last check">{status.last_check === null ? (alert.enabled ? 'None yet' : 'None') : <TimeText iso={status.last_check} form="relative" />}</Fact>
      <Fact name="Enabled"><EnabledSwitch alert={alert} /></Fact>
      <Fact name="Condition">
        <ConditionText text={alert.condition} />
        {condition !== null && <Text size="sm" c="dimmed">{toPlainWords(condition)}</Text>}
      </Fact>
      <Fact name="Checked">{periodWords(alert.period)}</Fact>
      {alert.handbook_url !== undefined && <Fact name="Handbook"><HandbookLink url={alert.handbook_url} /></Fact>}
      <Fact name="Tells">{toldWords(alert)}</Fact>
      {alert.lookback !== undefined && <Fact name="Looks back">{durationTextWords(alert.lookback)}</Fact>}
      {alert.routing !== undefined && (
        <Fact name="Routing">
          {Object.entries(alert.routing).map(([key, value]) => <div key={key}><Code>{key}</Code>: <Code>{value}</Code></div>)}
        </Fact>
      )}
      <Fact name="Id">{alert.id}</Fact>
    </dl>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: React.ReactNode }): React.ReactNode {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

function toldWords({ notify, repeat_interval, notify_no_data, notify_error }: Alert): string {
  const when = [
    notify === 'every_check' ? 'each check at which the condition holds, and when it no longer does' : 'when the condition begins to hold and when it no longer does',
    ...(repeat_interval === undefined ? [] : [`again every ${durationTextWords(repeat_interval).replace(/^1 /, '')} while it fires`]),
    ...(notify_no_data ? ['when 3 checks in a row find no data'] : []),
    ...(notify_error ? ['when 3 checks in a row fail'] : []),
  ].join('; ');
  return `${when.charAt(0).toUpperCase()}${when.slice(1)}.`;
}
