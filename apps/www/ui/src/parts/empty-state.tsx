import { Stack, Text, Title } from '@mantine/core';

/** There is nothing here yet. `children` says how to get the first one. */
export function EmptyState({ title, children }: { readonly title: string; readonly children?: React.ReactNode }): React.ReactNode {
  return (
    <Stack align="flex-start" gap="xs" py="lg" data-state="empty">
      <Title order={3} size="h5">{title}</Title>
      {typeof children === 'string' ? <Text c="dimmed" size="sm">{children}</Text> : children}
    </Stack>
  );
}
