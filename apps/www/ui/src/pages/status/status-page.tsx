import { Title, VisuallyHidden } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { api, dataOf } from '../../api/client.js';
import { EmptyState } from '../../parts/empty-state.js';
import { Page } from '../../parts/page.js';
import { QueryView } from '../../parts/query-view.js';
import { useNow } from '../../parts/use-now.js';
import { ConnectionLine } from './connection-line.js';
import { CurrentIssues, RecentIssues } from './issue-list.js';

const REFRESH_MS = 10_000;
const TICK_MS = 1_000;

/** How CAVE itself is. Open to anybody, so that it can be looked at when logging in does not work. */
export default function StatusPage(): React.ReactNode {
  const now = useNow(TICK_MS);
  const status = useQuery({ queryKey: ['status'], queryFn: ({ signal }) => dataOf(api.GET('/status', { signal })), refetchInterval: REFRESH_MS });
  return (
    <Page
      title="Status of CAVE"
      subtitle={<ConnectionLine answeredAt={status.dataUpdatedAt === 0 ? null : new Date(status.dataUpdatedAt)} failed={status.error !== null || status.failureCount > 0} />}
    >
      <QueryView query={status} loading="Loading the status">
        {({ current, recent }) => (
          <>
            <section aria-labelledby="current">
              <Title order={2} size="h4" id="current" mb="xs">Now</Title>
              <VisuallyHidden role="status">{current.length === 1 ? '1 current issue' : `${current.length} current issues`}</VisuallyHidden>
              {current.length === 0
                ? <EmptyState title="No issues">CAVE knows of nothing that is wrong with itself.</EmptyState>
                : <CurrentIssues issues={current} now={now} />}
            </section>
            <section aria-labelledby="recent">
              <Title order={2} size="h4" id="recent" mb="xs">Recently</Title>
              {recent.length === 0
                ? <EmptyState title="No past issues">Issues that are over stay here for a while, with how long they took.</EmptyState>
                : <RecentIssues issues={recent} />}
            </section>
          </>
        )}
      </QueryView>
    </Page>
  );
}
