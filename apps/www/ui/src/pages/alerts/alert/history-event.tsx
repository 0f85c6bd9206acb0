import { Group, Paper, Stack, Table, Text, Title } from '@mantine/core';
import { IconAlertTriangle, IconBell, IconCircleCheck, IconCircleX, IconFlame } from '@tabler/icons-react';
import { formatExact } from '../../../chart/index.js';
import { TimeText } from '../../../parts/time-text.js';
import type { AlertEvent } from '../alert.js';
import { eventReason, eventTitle } from './event-words.js';
import { HistoryDelivery } from './history-delivery.js';

const ICON = 18;

/** One event in the life of an alert: when, why, what was compared, and who was told. */
export function HistoryEvent({ event }: { readonly event: AlertEvent }): React.ReactNode {
  return (
    <Paper component="article" withBorder p="sm" data-testid="event" data-type={event.type} aria-label={eventTitle(event.type)}>
      <Stack gap="xs">
        <Group gap="xs">
          {iconOf(event.type)}
          <Title order={3} size="h5">{eventTitle(event.type)}</Title>
          <Text size="sm"><TimeText iso={event.time} /></Text>
        </Group>
        <Text size="sm">{eventReason(event)}{event.superseded && ' It was found when checks were caught up and had been overtaken by then, so nobody was told.'}</Text>
        {event.values.length > 0 && <Values values={event.values} />}
        {event.deliveries.map((delivery) => <HistoryDelivery key={`${delivery.receiver} ${delivery.created}`} delivery={delivery} />)}
        {event.deliveries.length === 0 && !event.superseded && <Text size="sm" c="dimmed">Nobody has been told yet.</Text>}
      </Stack>
    </Paper>
  );
}

function Values({ values }: { readonly values: AlertEvent['values'] }): React.ReactNode {
  const number = (value: number | null): string => (value === null ? 'none' : formatExact(value));
  return (
    <Table w="auto" aria-label="Values compared" verticalSpacing={2}>
      <Table.Thead><Table.Tr><Table.Th scope="col">Of</Table.Th><Table.Th scope="col">Left side</Table.Th><Table.Th scope="col">Right side</Table.Th></Table.Tr></Table.Thead>
      <Table.Tbody>
        {values.map(({ time, left, right }, index) => (
          <Table.Tr key={index}>
            <Table.Td>{time === null ? 'any time' : <TimeText iso={time} />}</Table.Td>
            <Table.Td>{number(left)}</Table.Td>
            <Table.Td>{number(right)}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

function iconOf(type: AlertEvent['type']): React.ReactNode {
  switch (type) {
    case 'triggered': return <IconFlame size={ICON} aria-hidden />;
    case 'resolved': return <IconCircleCheck size={ICON} aria-hidden />;
    case 'reminder': return <IconBell size={ICON} aria-hidden />;
    case 'no_data': return <IconAlertTriangle size={ICON} aria-hidden />;
    case 'error': return <IconCircleX size={ICON} aria-hidden />;
  }
}
