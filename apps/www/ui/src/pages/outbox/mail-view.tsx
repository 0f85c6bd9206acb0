import { Anchor, Paper, Text, Title } from '@mantine/core';
import { Link } from 'react-router-dom';
import { TimeText } from '../../parts/time-text.js';
import { mailParts } from './mail-parts.js';
import type { OutboxMail } from '../../api/outbox-query.js';

/** One mail as it was written. Only addresses of this site can be followed. */
export function MailView({ mail }: { readonly mail: OutboxMail }): React.ReactNode {
  return (
    <Paper component="article" withBorder p="md" aria-labelledby="mail-subject">
      <Title order={2} size="h4" id="mail-subject" style={{ overflowWrap: 'anywhere' }}>{mail.subject}</Title>
      <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>To {mail.to.join(', ')}</Text>
      <Text size="sm" c="dimmed"><TimeText iso={mail.at} /></Text>
      <Text component="div" mt="md" style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
        {mailParts(mail.text.trimEnd(), window.location.origin).map(({ text, to }, index) =>
          to === null ? <span key={index}>{text}</span> : <Anchor key={index} component={Link} to={to} underline="always">{text}</Anchor>)}
      </Text>
    </Paper>
  );
}
