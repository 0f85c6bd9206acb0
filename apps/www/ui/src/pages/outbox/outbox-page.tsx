import { Grid } from '@mantine/core';
import { useState } from 'react';
import { useSearchParams } from 'react-router-dom';
import { ApiError } from '../../api/api-error.js';
import { EmptyState } from '../../parts/empty-state.js';
import { Page } from '../../parts/page.js';
import { QueryView } from '../../parts/query-view.js';
import { MailList } from './mail-list.js';
import { MailView } from './mail-view.js';
import { OperatorTokenForm } from './operator-token-form.js';
import { isClosed, useOutbox, type OperatorToken, type OutboxMail } from '../../api/outbox-query.js';

/** The mails that an installation without a mail server keeps for its operator. */
export default function OutboxPage(): React.ReactNode {
  // In memory only, and gone with the page: whoever has it reads everybody's confirmation links.
  const [token, setToken] = useState<OperatorToken | null>(null);
  const outbox = useOutbox(token);
  const absent = outbox.error instanceof ApiError && outbox.error.kind === 'not_found';
  const typed = (value: string): void => setToken((before) => ({ value, attempt: (before?.attempt ?? 0) + 1 }));
  return (
    <Page title="Mail outbox" subtitle="This installation writes its mails here instead of sending them.">
      {isClosed(outbox.error) || (token !== null && outbox.isPending) ? (
        <OperatorTokenForm refused={token !== null && isClosed(outbox.error)} pending={outbox.isPending} onToken={typed} />
      ) : absent ? (
        <EmptyState title="There is no outbox here">This installation sends its mails by a mail server; look into your mailbox.</EmptyState>
      ) : (
        <QueryView query={outbox} loading="Loading mails" empty={{ when: (mails) => mails.length === 0, show: <EmptyState title="No mails yet">Sign up, or invite somebody: the mail appears here by itself.</EmptyState> }}>
          {(mails) => <Mails mails={mails} />}
        </QueryView>
      )}
    </Page>
  );
}

/** On a narrow screen the open mail comes first: it is what one came for. */
function Mails({ mails }: { readonly mails: readonly OutboxMail[] }): React.ReactNode {
  const [search] = useSearchParams();
  const open = mails.find(({ id }) => id === search.get('mail')) ?? mails[0];
  if (open === undefined) return null;
  return (
    <Grid>
      <Grid.Col span={{ base: 12, md: 5 }} order={{ base: 2, md: 1 }}><MailList mails={mails} open={open.id} /></Grid.Col>
      <Grid.Col span={{ base: 12, md: 7 }} order={{ base: 1, md: 2 }}><MailView mail={open} /></Grid.Col>
    </Grid>
  );
}
