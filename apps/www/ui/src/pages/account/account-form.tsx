import { Alert, Button, Paper, Stack, Text } from '@mantine/core';
import { useEffect, useState } from 'react';
import { FormFailure } from '../../parts/form-failure.js';
import { waitSentence } from './countdown.js';
import { useWait } from './use-wait.js';

const WIDTH = 440;
/** After this long a person wonders whether anything happens. */
const SLOW_MS = 2_000;

interface AccountFormProps {
  readonly onSubmit: (event: React.FormEvent<HTMLFormElement>) => void;
  /** Label of the button. */
  readonly action: string;
  readonly pending: boolean;
  readonly error: Error | null;
  /** Names of the fields that show their faults themselves. */
  readonly fields: readonly string[];
  readonly children: React.ReactNode;
  /** Below the button: other ways to go. */
  readonly below?: React.ReactNode;
}

/** A form about an account: its fields, what went wrong, and how long to wait after too many attempts. */
export function AccountForm({ onSubmit, action, pending, error, fields, children, below }: AccountFormProps): React.ReactNode {
  const wait = useWait(error);
  return (
    <Paper withBorder p="lg" maw={WIDTH}>
      <form onSubmit={onSubmit} noValidate>
        <Stack>
          {children}
          {wait === null ? <FormFailure error={error} fields={fields} /> : <TooManyAttempts message={error?.message ?? ''} seconds={wait} />}
          <Button type="submit" loading={pending} disabled={wait !== null && wait > 0}>{action}</Button>
          {pending && <SlowNotice />}
          {below}
        </Stack>
      </form>
    </Paper>
  );
}

/** The countdown itself is not read out at each second; the sentence before it is, once. */
function TooManyAttempts({ message, seconds }: { readonly message: string; readonly seconds: number }): React.ReactNode {
  return (
    <Alert color="orange" title="Too many attempts" data-state="busy">
      <Text size="sm" role="alert">{message}</Text>
      <Text size="sm" role="timer">{waitSentence(seconds)}</Text>
    </Alert>
  );
}

/** CAVE answers slowly, and never refuses, when there were several attempts on one account. */
function SlowNotice(): React.ReactNode {
  const [slow, setSlow] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setSlow(true), SLOW_MS);
    return () => clearTimeout(timer);
  }, []);
  return <Text size="sm" c="dimmed" role="status">{slow ? 'This takes a little longer: after several attempts on one account CAVE answers more slowly. It goes on by itself.' : ''}</Text>;
}
