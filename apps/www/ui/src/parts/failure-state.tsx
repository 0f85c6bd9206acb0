import { Alert, Button, Stack, Text } from '@mantine/core';
import { IconAlertTriangle, IconLock, IconMapOff, IconPlugConnectedX } from '@tabler/icons-react';
import { ApiError, type ApiErrorKind } from '../api/api-error.js';

const TITLES: Readonly<Record<ApiErrorKind, string>> = {
  signed_out: 'You are logged out',
  forbidden: 'No permission',
  not_found: 'Not found',
  invalid: 'This cannot be shown',
  conflict: 'This cannot be shown',
  busy: 'Too many requests',
  unavailable: 'CAVE cannot answer now',
  unreachable: 'CAVE cannot be reached',
};

/** Why a part of the page is not there, and what one can do about it. */
export function FailureState({ error, retry }: { readonly error: Error; readonly retry?: () => void }): React.ReactNode {
  const kind = error instanceof ApiError ? error.kind : 'unavailable';
  const passing = kind === 'unavailable' || kind === 'unreachable' || kind === 'busy';
  return (
    <Alert role="alert" data-state={kind === 'forbidden' ? 'no-permission' : 'error'} title={TITLES[kind]} color={passing ? 'orange' : 'gray'} icon={iconOf(kind)} my="md">
      <Stack gap="xs" align="flex-start">
        <Text size="sm">{error.message}</Text>
        {retry !== undefined && passing && <Button size="xs" variant="default" onClick={retry}>Try again</Button>}
      </Stack>
    </Alert>
  );
}

function iconOf(kind: ApiErrorKind): React.ReactNode {
  switch (kind) {
    case 'forbidden':
    case 'signed_out': return <IconLock aria-hidden />;
    case 'not_found': return <IconMapOff aria-hidden />;
    case 'unreachable': return <IconPlugConnectedX aria-hidden />;
    case 'invalid':
    case 'conflict':
    case 'busy':
    case 'unavailable': return <IconAlertTriangle aria-hidden />;
  }
}
