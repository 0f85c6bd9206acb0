import { Alert, Button, Code, PasswordInput, Stack, Text } from '@mantine/core';
import { IconLock } from '@tabler/icons-react';
import { useState } from 'react';

interface OperatorTokenFormProps {
  /** What the api said to the token typed before; null: none was typed yet. */
  readonly refusal: string | null;
  readonly pending: boolean;
  readonly onToken: (token: string) => void;
}

/** Why the outbox is closed to this browser, and what opens it. */
export function OperatorTokenForm({ refusal, pending, onToken }: OperatorTokenFormProps): React.ReactNode {
  const [typed, setTyped] = useState('');
  const [fault, setFault] = useState<string | null>(null);
  return (
    <Stack maw={560} data-state="no-permission">
      <Alert color="gray" icon={<IconLock aria-hidden />} title="No permission">
        <Text size="sm">
          Mails hold links that open accounts, so that only the operator of this installation may read them: open this page on the machine that CAVE runs on, by a loopback address such as <Code>127.0.0.1</Code>, or enter the operator token (<Code>api-service.operator-token</Code> in the configuration).
        </Text>
      </Alert>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          const token = typed.trim();
          // Anything else could not be sent in a header.
          if (/^[\x21-\x7e]+$/.test(token)) onToken(token);
          setFault(token === '' ? 'Type the operator token.' : /^[\x21-\x7e]+$/.test(token) ? null : 'A token has letters, digits and signs of ASCII only, without spaces.');
        }}
      >
        <Stack>
          <PasswordInput
            label="Operator token"
            description="Kept by this page while it is open, and nowhere else."
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
            error={fault ?? refusal}
            autoComplete="off"
            required
            visibilityToggleFocusable
            visibilityToggleButtonProps={{ 'aria-label': 'Show the token' }}
          />
          <Button type="submit" loading={pending}>Open the outbox</Button>
        </Stack>
      </form>
    </Stack>
  );
}
