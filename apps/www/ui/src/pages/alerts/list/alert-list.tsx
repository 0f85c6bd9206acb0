import { Anchor, Button, Text } from '@mantine/core';
import { useRef, useState } from 'react';
import { Link } from 'react-router-dom';
import { EmptyState } from '../../../parts/empty-state.js';
import { QueryView } from '../../../parts/query-view.js';
import { useNow } from '../../../parts/use-now.js';
import { useTenant } from '../../../shell/tenant-scope.js';
import type { Alert } from '../alert.js';
import { AlertFilters } from './alert-filters.js';
import { REFRESH_MS, useAlertList, useFiringAlerts, type AlertPage } from '../alert-queries.js';
import { AlertTable } from './alert-table.js';
import { DeleteAlertDialog } from '../delete-alert-dialog.js';
import { ALERTS_PER_PAGE, DEFAULT_LIST_VIEW, isNarrowed, type AlertListView } from '../list-view.js';
import { Pager } from '../pager.js';
import { useListView } from './use-list-view.js';

/** Filters, one page of alerts, and the way to the others. */
export function AlertList(): React.ReactNode {
  const { tenant, path } = useTenant();
  const { view, change } = useListView();
  const alerts = useAlertList(tenant, view);
  const [deleting, setDeleting] = useState<Alert | null>(null);
  const count = useRef<HTMLParagraphElement>(null);
  // "3 minutes ago" grows old, also where nothing else changes.
  useNow(REFRESH_MS);
  return (
    <QueryView query={alerts} loading="Loading alerts" empty={{ when: ({ total }) => total === 0 && !isNarrowed(view) && !alerts.isPlaceholderData, show: <NoAlerts path={path} /> }}>
      {(page) => (
        <>
          <AlertFilters view={view} change={change} />
          <Count ref={count} page={page} view={view} />
          {page.alerts.length === 0
            ? <NothingFound page={page} change={change} />
            : <AlertTable alerts={page.alerts} busy={alerts.isPlaceholderData} onDelete={setDeleting} />}
          <Pager
            label="Pages of alerts"
            page={view.page}
            more={view.page * ALERTS_PER_PAGE < page.total}
            back="Previous"
            forth="Next"
            onPage={(next) => {
              change({ page: next });
              // The button may be gone on that page; from here on the list is read.
              count.current?.focus();
            }}
          />
          <DeleteAlertDialog alert={deleting} onClose={() => setDeleting(null)} onDeleted={() => count.current?.focus()} />
        </>
      )}
    </QueryView>
  );
}

function Count({ ref, page: { alerts, total }, view }: { readonly ref: React.Ref<HTMLParagraphElement>; readonly page: AlertPage; readonly view: AlertListView }): React.ReactNode {
  const firing = useFiringAlerts(useTenant().tenant).data?.total;
  const first = (view.page - 1) * ALERTS_PER_PAGE + 1;
  const shown = total > ALERTS_PER_PAGE && alerts.length > 0 ? `${first}–${first + alerts.length - 1} of ` : '';
  const found = `${total} ${total === 1 ? 'alert' : 'alerts'}${isNarrowed(view) ? (total === 1 ? ' matches' : ' match') : ''}`;
  return (
    <Text ref={ref} size="sm" c="dimmed" tabIndex={-1} data-testid="count" style={{ outline: 'none' }}>
      {`${shown}${found}.`}{firing !== undefined && ` ${firing === 0 ? 'None is' : firing === 1 ? '1 is' : `${firing} are`} firing${isNarrowed(view) ? ' in all' : ''}.`}
    </Text>
  );
}

function NoAlerts({ path }: { readonly path: string }): React.ReactNode {
  return (
    <EmptyState title="No alerts yet">
      <Text size="sm">
        An alert is a condition on metrics, such as <code>load &gt; 5</code>. CAVE checks it again and again, and tells the notification URL when it begins to hold and when it no longer does.
        Look at the <Anchor component={Link} to={`${path}/metrics`} size="sm">metrics</Anchor> to see what there is to watch.
      </Text>
      <Button component={Link} to={`${path}/alerts/new`}>New alert</Button>
    </EmptyState>
  );
}

function NothingFound({ page, change }: { readonly page: AlertPage; readonly change: (changes: Partial<AlertListView>) => void }): React.ReactNode {
  return page.total === 0
    ? <EmptyState title="No alert matches"><Button variant="default" onClick={() => change(DEFAULT_LIST_VIEW)}>Show all alerts</Button></EmptyState>
    : <EmptyState title="There are fewer pages by now"><Button variant="default" onClick={() => change({ page: 1 })}>Show the first page</Button></EmptyState>;
}
