import { Group, Loader, Text } from '@mantine/core';

/** Something is on its way. `label` says what, for those who see the spinner and those who do not. */
export function LoadingState({ label }: { readonly label: string }): React.ReactNode {
  return (
    <Group role="status" aria-live="polite" gap="sm" py="lg" data-state="loading">
      <Loader size="sm" aria-hidden />
      <Text c="dimmed" size="sm">{label} …</Text>
    </Group>
  );
}
