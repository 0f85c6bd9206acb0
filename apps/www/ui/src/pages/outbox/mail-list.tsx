import { NavLink, Text } from '@mantine/core';
import { Link } from 'react-router-dom';
import { TimeText } from '../../parts/time-text.js';
import { useNow } from '../../parts/use-now.js';
import type { OutboxMail } from '../../api/outbox-query.js';

const TICK_MS = 10_000;

/** The mails, newest first; each entry leads to the mail in the reading pane. */
export function MailList({ mails, open }: { readonly mails: readonly OutboxMail[]; readonly open: string }): React.ReactNode {
  useNow(TICK_MS);
  return (
    <nav aria-label="Mails, newest first">
      {mails.map(({ id, to, subject, at }) => (
        <NavLink
          key={id}
          component={Link}
          to={`?${new URLSearchParams({ mail: id }).toString()}`}
          active={id === open}
          aria-current={id === open ? 'true' : undefined}
          label={subject}
          description={<Text span size="xs" {...(id === open ? { c: 'var(--mantine-color-text)' } : {})} style={{ overflowWrap: 'anywhere' }}>{to.join(', ')} · <TimeText iso={at} form="relative" /></Text>}
        />
      ))}
    </nav>
  );
}
