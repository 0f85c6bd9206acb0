import { Alert, Button, Group, Text } from '@mantine/core';
import type { FiringOfTenant } from './firing.js';
import type { TenantQuery } from './use-firing.js';

/** Whose alerts could not be asked for, beside those that could: a part that is down hides nothing else. */
export function TenantFailures({ asked }: { readonly asked: readonly TenantQuery<FiringOfTenant>[] }): React.ReactNode {
  return asked.flatMap(({ of, query }) => {
    if (query.error === null) return [];
    const stale = query.data !== undefined;
    return [
      <Alert key={of.path} role="alert" color="orange" data-state={stale ? 'stale' : 'error'} title={stale ? `${of.title}: this may be out of date` : `${of.title} could not be asked`}>
        <Group gap="sm">
          <Text size="sm">{query.error.message}</Text>
          <Button size="compact-sm" variant="default" onClick={() => void query.refetch()}>Try again</Button>
        </Group>
      </Alert>,
    ];
  });
}
