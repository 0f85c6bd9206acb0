import { Anchor, List, Paper, Stack, Text } from '@mantine/core';
import { Link } from 'react-router-dom';
import { useOutboxShown } from '../../api/outbox-query.js';

interface MailOnItsWayProps {
  readonly email: string;
  /** What the mail is for, such as `confirm your address`. */
  readonly purpose: string;
  /** Why it may be another mail, or none: the answer does not tell who has an account. */
  readonly otherwise: string;
  readonly onAgain: () => void;
}

/** The next step is in the mail: where to look, and what to do when nothing comes. */
export function MailOnItsWay({ email, purpose, otherwise, onAgain }: MailOnItsWayProps): React.ReactNode {
  const outboxShown = useOutboxShown();
  return (
    <Paper withBorder p="lg" maw={560} role="status" data-state="mail-sent">
      <Stack gap="sm">
        <Text>Look for a mail to <Text span fw={600} style={{ overflowWrap: 'anywhere' }}>{email}</Text>, and open the link in it to {purpose}.</Text>
        {outboxShown && (
          <Text>
            This installation of CAVE sends no mails; it keeps them in its <Anchor component={Link} to="/outbox" underline="always">mail outbox</Anchor>. Open yours there.
          </Text>
        )}
        <Text size="sm">Nothing there?</Text>
        <List size="sm" spacing={4}>
          {!outboxShown && <List.Item>It may take a minute, or lie among the spam.</List.Item>}
          <List.Item>{otherwise}</List.Item>
          <List.Item>A typing error in the address? <Anchor component="button" type="button" size="sm" underline="always" onClick={onAgain}>Use another address</Anchor>.</List.Item>
        </List>
        <Anchor component={Link} to={`/login?${new URLSearchParams({ email }).toString()}`} size="sm" underline="always">Back to the login</Anchor>
      </Stack>
    </Paper>
  );
}
