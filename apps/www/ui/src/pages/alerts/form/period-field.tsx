import { Button, Group, TextInput } from '@mantine/core';
import { periodFault, periodWords } from '../period-words.js';

const EXAMPLES = ['30s', '1m', '5m', '1h', '@08:30'];

interface PeriodFieldProps {
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly error: React.ReactNode;
}

/** How often an alert is checked; says back what it understood. */
export function PeriodField({ value, onChange, error }: PeriodFieldProps): React.ReactNode {
  const understood = periodFault(value.trim()) === null ? ` This alert: ${periodWords(value.trim())}.` : '';
  return (
    <div>
      <TextInput
        label="Period"
        description={`How often it is checked: a time such as 30s, 5m or 1h, or once a day at a time of day in UTC, such as @08:30.${understood}`}
        required
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
        error={error}
        autoComplete="off"
        maxLength={32}
      />
      <Group gap={4} mt={4} role="group" aria-label="Periods to choose from">
        {EXAMPLES.map((period) => <Button key={period} size="compact-xs" variant="default" onClick={() => onChange(period)}>{period}</Button>)}
      </Group>
    </div>
  );
}
