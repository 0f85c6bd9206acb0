import { Button, List, Paper, Stack, Text, Title } from '@mantine/core';
import { Link } from 'react-router-dom';
import { useUser } from '../../session/user.js';

/** For somebody who has no organization yet: what CAVE is about, and the one step to take. */
export function FirstVisit(): React.ReactNode {
  const { data: user } = useUser();
  return (
    <Paper withBorder p="lg" maw={640} data-state="empty">
      <Stack align="flex-start">
        <Title order={2} size="h4">{user === undefined || user === null ? 'Welcome' : `Welcome, ${user.first_name}`}</Title>
        <Text>From here it is three steps to the first alert:</Text>
        <List type="ordered" spacing={4}>
          <List.Item>Create an organization: it keeps your metrics apart from those of others.</List.Item>
          <List.Item>Send it a first point, with a command that you can copy.</List.Item>
          <List.Item>Write a condition, try it on what was measured, and save it as an alert.</List.Item>
        </List>
        <Button component={Link} to="/organizations/new">Create your organization</Button>
        <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
          Does yours exist already? Ask one of its admins to add {user === undefined || user === null ? 'you' : user.email}; it then appears here.
        </Text>
      </Stack>
    </Paper>
  );
}
