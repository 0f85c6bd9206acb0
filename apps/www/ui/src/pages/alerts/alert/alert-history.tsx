import { Stack, Text, Title } from '@mantine/core';
import { useRef } from 'react';
import { useSearchParams } from 'react-router-dom';
import { EmptyState } from '../../../parts/empty-state.js';
import { QueryView } from '../../../parts/query-view.js';
import { useTenant } from '../../../shell/tenant-scope.js';
import { useAlertHistory } from '../alert-queries.js';
import { HistoryEvent } from './history-event.js';
import { pageNumber } from '../list-view.js';
import { Pager } from '../pager.js';

/** What the alert did, newest first; the page is in the address. */
export function AlertHistory({ id }: { readonly id: string }): React.ReactNode {
  const [search, setSearch] = useSearchParams();
  const page = pageNumber(search.get('history'));
  const history = useAlertHistory(useTenant().tenant, id, page);
  const heading = useRef<HTMLHeadingElement>(null);
  const turn = (next: number): void => {
    setSearch((now) => {
      const changed = new URLSearchParams(now);
      if (next === 1) changed.delete('history');
      else changed.set('history', String(next));
      return changed;
    });
    heading.current?.focus();
  };
  return (
    <Stack component="section" gap="sm" aria-labelledby="alert-history">
      <Title order={2} size="h4" id="alert-history" ref={heading} tabIndex={-1} style={{ outline: 'none' }}>History</Title>
      <QueryView
        query={history}
        loading="Loading the history"
        empty={{ when: ({ history: { events } }) => events.length === 0 && page === 1, show: <EmptyState title="Nothing has happened yet">When its state changes, that appears here by itself, with whom CAVE told of it.</EmptyState> }}
      >
        {({ history: { events }, more }) => (
          <>
            {events.length === 0 && <Text size="sm" c="dimmed">There are no older events.</Text>}
            {events.map((event) => <HistoryEvent key={event.id} event={event} />)}
            <Pager label="Pages of the history" page={page} more={more} place={`Page ${page}`} back="Newer" forth="Older" onPage={turn} />
          </>
        )}
      </QueryView>
    </Stack>
  );
}
