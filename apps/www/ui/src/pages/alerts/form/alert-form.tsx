import { Alert as Notice, Button, Fieldset, Group, SimpleGrid, Stack, Switch, Text, TextInput, Textarea } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useRef, useState } from 'react';
import { Link } from 'react-router-dom';
import { ConditionField, diagnose, type ServerError } from '../../../condition/index.js';
import { CSP_NONCE } from '../../../csp-nonce.js';
import { useUnsavedEdits } from '../../../parts/unsaved-edits.js';
import { useTenant } from '../../../shell/tenant-scope.js';
import { loadTagValues, useMetricNames } from '../../../metrics/metric-names.js';
import type { Alert } from '../alert.js';
import { useSaveAlert } from '../alert-changes.js';
import { formErrors } from './form-errors.js';
import { faultsOf, type AlertFormValues } from './form-values.js';
import { NotificationFields } from './notification-fields.js';
import { PeriodField } from './period-field.js';
import { RoutingFields } from './routing-fields.js';
import { TryOnPast } from './try-on-past.js';

const NO_METRICS: readonly never[] = [];

interface AlertFormProps {
  /** Null: a new one. */
  readonly id: string | null;
  /** As it is saved, or as a new one begins: what differs from it would be lost by leaving. */
  readonly saved: AlertFormValues;
  /** What the form begins with. */
  readonly start: AlertFormValues;
  readonly action: string;
  readonly cancelTo: string;
  readonly onSaved: (alert: Alert) => void;
}

/** All settings of an alert, beside what its condition would have done. */
export function AlertForm({ id, saved, start, action, cancelTo, onSaved }: AlertFormProps): React.ReactNode {
  const { tenant } = useTenant();
  const client = useQueryClient();
  const names = useMetricNames(tenant);
  const tagValues = useCallback((metric: string, tag: string) => loadTagValues(client, tenant, metric, tag), [client, tenant]);
  const form = useForm<AlertFormValues>({ initialValues: start, validate: faultsOf });
  const [conditionError, setConditionError] = useState<ServerError | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  const save = useSaveAlert(tenant, id, saved);
  const unsaved = useUnsavedEdits(JSON.stringify(form.values) !== JSON.stringify(saved));
  const element = useRef<HTMLFormElement>(null);

  const submit = (values: AlertFormValues): void => {
    if (save.isPending) return;
    setFailure(null);
    save.mutate(values, {
      onSuccess: (alert) => {
        unsaved.release();
        onSaved(alert);
      },
      onError: (error) => {
        const { fields, condition, rest } = formErrors(error);
        form.setErrors(fields);
        setConditionError(condition);
        setFailure(rest);
        focusFault(element.current);
      },
    });
  };
  /** The editor of conditions tells its faults itself once it is left; pressing "save" is no time to wait for that. */
  const check = (event: React.FormEvent<HTMLFormElement>): void => {
    const fault = diagnose(form.values.condition);
    setConditionError(fault === null ? null : { message: form.values.condition.trim() === '' ? 'Write the condition under which it fires.' : fault.message });
    if (fault === null) {
      form.onSubmit(submit, () => focusFault(element.current))(event);
      return;
    }
    event.preventDefault();
    form.validate();
    focusFault(element.current);
  };

  return (
    <form ref={element} onSubmit={check} noValidate aria-label={action}>
      <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="lg">
        <Stack>
          <Textarea label="Description" description="What it means when this fires, for whoever is woken by it." required autosize minRows={1} maxRows={5} maxLength={4096} {...form.getInputProps('description')} />
          <ConditionField
            label="Condition"
            required
            value={form.values.condition}
            onChange={(text) => {
              form.setFieldValue('condition', text);
              setConditionError(null);
            }}
            onSubmit={() => element.current?.requestSubmit()}
            metrics={names.data ?? NO_METRICS}
            loadTagValues={tagValues}
            serverError={conditionError ?? undefined}
            nonce={CSP_NONCE}
          />
          <PeriodField {...form.getInputProps('period')} value={form.values.period} onChange={(period) => form.setFieldValue('period', period)} error={form.errors['period']} />
          <Switch label="Enabled" description="A disabled alert keeps its settings and is not checked." {...form.getInputProps('enabled', { type: 'checkbox' })} />
        </Stack>
        <TryOnPast condition={form.values.condition} period={form.values.period} />
      </SimpleGrid>
      <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="lg" mt="lg">
        <Fieldset legend="Notifications"><NotificationFields form={form} /></Fieldset>
        <Fieldset legend="More">
          <Stack gap="sm">
            <TextInput label="Handbook URL" description="Where it says what to do; it goes along with each notification." type="url" placeholder="https://wiki.example.com/orders" autoComplete="off" maxLength={2048} {...form.getInputProps('handbookUrl')} />
            <RoutingFields rows={form.values.routing} onChange={(rows) => form.setFieldValue('routing', rows)} error={form.errors['routing']} />
            <TextInput label="Look-back" description="How far back points are looked for, such as 2h. Empty: ten periods, but at least one hour." placeholder="2h" autoComplete="off" maxLength={32} {...form.getInputProps('lookback')} />
          </Stack>
        </Fieldset>
      </SimpleGrid>
      <Stack mt="lg" gap="sm">
        {failure !== null && <Notice role="alert" color="red">{failure}</Notice>}
        <Group>
          <Button type="submit" loading={save.isPending}>{action}</Button>
          <Button component={Link} to={cancelTo} variant="default">Cancel</Button>
          <Text size="sm" c="dimmed">Changes hold for checks after saving.</Text>
        </Group>
      </Stack>
      {unsaved.dialog}
    </form>
  );
}

/** Once the errors are on the page. */
function focusFault(form: HTMLFormElement | null): void {
  requestAnimationFrame(() => form?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
}
