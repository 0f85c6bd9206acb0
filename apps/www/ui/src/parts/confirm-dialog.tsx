import { Alert, Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { useEffect, useState } from 'react';

interface ConfirmDialogProps {
  readonly opened: boolean;
  readonly onClose: () => void;
  /** Such as `Delete the team "web"?` */
  readonly title: string;
  /** What is lost. */
  readonly consequence: string;
  /** Label of the button, such as `Delete the team`. */
  readonly action: string;
  /** Label of the button that leaves all as it is. */
  readonly cancel?: string;
  /** Where given, this name has to be typed first: for what cannot be brought back. */
  readonly typeToConfirm?: string;
  readonly pending: boolean;
  readonly error: Error | null;
  readonly onConfirm: () => void;
}

/** Asks before something goes for good, by the name of what goes. */
export function ConfirmDialog({ opened, onClose, title, consequence, action, cancel = 'Cancel', typeToConfirm, pending, error, onConfirm }: ConfirmDialogProps): React.ReactNode {
  const [typed, setTyped] = useState('');
  useEffect(() => {
    if (opened) setTyped('');
  }, [opened]);
  const confirmed = typeToConfirm === undefined || typed === typeToConfirm;
  return (
    <Modal opened={opened} onClose={onClose} title={title} centered>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (confirmed) onConfirm();
        }}
      >
        <Stack>
          <Text size="sm">{consequence}</Text>
          {typeToConfirm !== undefined && (
            <TextInput label={`Type "${typeToConfirm}" to confirm`} value={typed} onChange={(event) => setTyped(event.currentTarget.value)} autoComplete="off" data-autofocus />
          )}
          {error !== null && <Alert role="alert" color="red">{error.message}</Alert>}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>{cancel}</Button>
            <Button type="submit" color="red" disabled={!confirmed} loading={pending}>{action}</Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
