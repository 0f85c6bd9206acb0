import { Button, Group, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { TimeRange } from '../../../chart/index.js';
import { localInputOf, secondsOfLocalInput } from '../../../metrics/time-span.js';

interface CustomRangeProps {
  readonly initial: TimeRange | undefined;
  readonly onApply: (range: TimeRange) => void;
}

/** Two moments in the zone of the browser. */
export function CustomRange({ initial, onApply }: CustomRangeProps): React.ReactNode {
  const [from, setFrom] = useState(initial === undefined ? '' : localInputOf(initial.start));
  const [to, setTo] = useState(initial === undefined ? '' : localInputOf(initial.end));
  const start = secondsOfLocalInput(from);
  const end = secondsOfLocalInput(to);
  const reversed = start !== undefined && end !== undefined && start >= end;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (start !== undefined && end !== undefined && !reversed) onApply({ start, end });
      }}
    >
      <Group gap="sm" align="flex-end">
        <TextInput type="datetime-local" step={1} label="From (local time)" required value={from} onChange={(event) => setFrom(event.currentTarget.value)} />
        <TextInput type="datetime-local" step={1} label="To (local time)" required value={to} onChange={(event) => setTo(event.currentTarget.value)} error={reversed ? 'The end must be after the beginning.' : undefined} />
        <Button type="submit" variant="default" disabled={reversed}>Show</Button>
      </Group>
    </form>
  );
}
