import { ActionIcon, Autocomplete, Button, Group, Input, Stack, TextInput } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import type { RoutingRow } from './form-values.js';

/** What notifiers look for (docs/notifications.md). */
const KNOWN_KEYS = ['pagerduty_routing_key', 'pagerduty_service_api_key'];

interface RoutingFieldsProps {
  readonly rows: readonly RoutingRow[];
  readonly onChange: (rows: readonly RoutingRow[]) => void;
  readonly error: React.ReactNode;
}

/** Keys and values for whoever delivers the notifications, as many as are wanted. */
export function RoutingFields({ rows, onChange, error }: RoutingFieldsProps): React.ReactNode {
  const set = (index: number, change: Partial<RoutingRow>): void => onChange(rows.map((row, at) => (at === index ? { ...row, ...change } : row)));
  return (
    <Input.Wrapper
      component="fieldset"
      label="Routing"
      labelElement="div"
      description="Sent along with each notification. PagerDuty needs its key here: pagerduty_routing_key for its Events API v2, pagerduty_service_api_key for its generic API."
      error={error}
      style={{ border: 0, padding: 0, margin: 0, minWidth: 0 }}
      aria-label="Routing"
    >
      <Stack gap="xs" mt="xs">
        {rows.map((row, index) => (
          <Group key={index} gap="xs" align="flex-end" wrap="wrap">
            <Autocomplete label={`Key ${index + 1}`} data={KNOWN_KEYS} value={row.key} onChange={(key) => set(index, { key })} maxLength={255} flex={1} miw={160} autoComplete="off" />
            <TextInput label={`Value ${index + 1}`} value={row.value} onChange={(event) => set(index, { value: event.currentTarget.value })} maxLength={1024} flex={1} miw={120} autoComplete="off" />
            <ActionIcon variant="default" size="lg" aria-label={`Remove routing ${index + 1}`} onClick={() => onChange(rows.filter((_, at) => at !== index))}><IconTrash size={16} aria-hidden /></ActionIcon>
          </Group>
        ))}
        <Button variant="default" size="xs" w="fit-content" leftSection={<IconPlus size={14} aria-hidden />} onClick={() => onChange([...rows, { key: '', value: '' }])}>Add a key</Button>
      </Stack>
    </Input.Wrapper>
  );
}
