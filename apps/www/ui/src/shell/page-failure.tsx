import { Button, Container, Stack, Text, Title } from '@mantine/core';
import { useRouteError } from 'react-router-dom';

/**
 * In the place of a page that could not be drawn, or of everything where that was the shell: a part
 * of the client did not load, as after an update of CAVE under an open tab, or a defect of ours.
 */
export function PageFailure(): React.ReactNode {
  const error = useRouteError();
  return (
    <Container size="xs" py="xl">
      <Stack role="alert" align="flex-start">
        <Title order={1} size="h2">This page cannot be shown</Title>
        <Text>A part of the web UI could not be loaded, or met an error of its own. If CAVE was updated meanwhile, or your connection was away, loading the page again helps.</Text>
        <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>{error instanceof Error ? error.message : String(error)}</Text>
        <Button onClick={() => window.location.reload()}>Load the page again</Button>
      </Stack>
    </Container>
  );
}
