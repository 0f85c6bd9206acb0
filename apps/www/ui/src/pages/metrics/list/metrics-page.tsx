import { Anchor, Button, Text, TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useState } from 'react';
import { Link, useSearchParams } from 'react-router-dom';
import { EmptyState } from '../../../parts/empty-state.js';
import { Page } from '../../../parts/page.js';
import { QueryView } from '../../../parts/query-view.js';
import { useTenant } from '../../../shell/tenant-scope.js';
import { DeleteMetricDialog } from './delete-metric-dialog.js';
import { useMetricNames } from '../../../metrics/metric-names.js';
import { pageNumberOf, searchMetrics } from '../../../metrics/metric-search.js';
import { MetricTable } from './metric-table.js';
import { NoRole } from '../no-role.js';
import { useSearchText } from './use-search-text.js';

export default function MetricsPage(): React.ReactNode {
  const view = useTenant();
  return (
    <Page title="Metrics" subtitle={view.title}>
      {view.can('viewer') ? <MetricList /> : <NoRole title={view.title} />}
    </Page>
  );
}

function MetricList(): React.ReactNode {
  const view = useTenant();
  const names = useMetricNames(view.tenant);
  const [search, setSearch] = useSearchParams();
  const [deleting, setDeleting] = useState<string | null>(null);
  const order = search.get('order') === 'descending' ? 'descending' : 'ascending';
  /** Whatever is looked for or how it is sorted, it begins with the first page. Typing is no step to go back by. */
  const change = (name: string, value: string): void => setSearch((now) => changed(now, { page: '', [name]: value }), { replace: name === 'q' });
  const [text, setText] = useSearchText('q', (typed) => change('q', typed));
  return (
    <QueryView query={names} loading="Loading metrics" empty={{ when: (all) => all.length === 0, show: <NoMetrics path={view.path} /> }}>
      {(all) => {
        const found = searchMetrics(all, text, order);
        return (
          <>
            <TextInput
              type="search"
              label="Search"
              placeholder="Names of metrics and tags"
              leftSection={<IconSearch size={16} aria-hidden />}
              value={text}
              onChange={(event) => setText(event.currentTarget.value)}
              maw={420}
            />
            {found.length === 0
              ? <EmptyState title={`No metric and no tag is named like "${text}"`}><Button variant="default" onClick={() => setText('')}>Show all {all.length}</Button></EmptyState>
              : (
                <MetricTable
                  view={view}
                  metrics={found}
                  order={order}
                  onOrder={(next) => change('order', next === 'ascending' ? '' : next)}
                  page={pageNumberOf(search.get('page'))}
                  onPage={(page) => change('page', page === 1 ? '' : String(page))}
                  onDelete={setDeleting}
                />
              )}
            <DeleteMetricDialog tenant={view.tenant} metric={deleting} onClose={() => setDeleting(null)} />
          </>
        );
      }}
    </QueryView>
  );
}

function NoMetrics({ path }: { readonly path: string }): React.ReactNode {
  return (
    <EmptyState title="No metrics yet">
      <Text size="sm">A metric is there as soon as its first point is published. <Anchor component={Link} to={path} size="sm">The overview shows how to publish one.</Anchor></Text>
    </EmptyState>
  );
}

/** The parameters with others; an empty text takes one away. */
function changed(search: URLSearchParams, changes: Readonly<Record<string, string>>): URLSearchParams {
  const next = new URLSearchParams(search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === '') next.delete(name);
    else next.set(name, value);
  }
  return next;
}
