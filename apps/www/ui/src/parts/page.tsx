import { Box, Group, Stack, Text, Title } from '@mantine/core';
import { useEffect, useRef } from 'react';

interface PageProps {
  readonly title: string;
  /** Under the title, in a smaller type. */
  readonly subtitle?: React.ReactNode;
  /** Buttons on the right of the title. */
  readonly actions?: React.ReactNode;
  readonly children: React.ReactNode;
}

/** A page: its title is that of the window too, and where a screen reader begins after a change of pages. */
export function Page({ title, subtitle, actions, children }: PageProps): React.ReactNode {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · CAVE`;
  }, [title]);
  useEffect(() => {
    heading.current?.focus({ preventScroll: true });
  }, []);
  return (
    <Stack gap="md">
      <Group justify="space-between" align="flex-start" gap="sm">
        <Box miw={0}>
          <Title order={1} size="h2" ref={heading} tabIndex={-1} style={{ overflowWrap: 'anywhere', outline: 'none' }}>{title}</Title>
          {subtitle !== undefined && <Text component="div" c="dimmed" size="sm">{subtitle}</Text>}
        </Box>
        {actions !== undefined && <Group gap="xs">{actions}</Group>}
      </Group>
      {children}
    </Stack>
  );
}
