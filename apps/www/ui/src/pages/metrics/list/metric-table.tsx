import { Group, Pagination, Table, Text, UnstyledButton, VisuallyHidden } from '@mantine/core';
import { IconArrowDown, IconArrowUp } from '@tabler/icons-react';
import type { TenantInView } from '../../../shell/tenant-scope.js';
import { MetricRow } from './metric-row.js';
import { pageOf, type MetricName, type NameOrder } from '../../../metrics/metric-search.js';
import classes from '../metrics.module.css';

const ROWS_PER_PAGE = 50;

interface MetricTableProps {
  readonly view: TenantInView;
  /** Those found, in order. */
  readonly metrics: readonly MetricName[];
  readonly order: NameOrder;
  readonly onOrder: (order: NameOrder) => void;
  readonly page: number;
  readonly onPage: (page: number) => void;
  readonly onDelete: (metric: string) => void;
}

export function MetricTable({ view, metrics, order, onOrder, page, onPage, onDelete }: MetricTableProps): React.ReactNode {
  const shown = pageOf(metrics, page, ROWS_PER_PAGE);
  const first = (shown.page - 1) * ROWS_PER_PAGE + 1;
  const deletes = view.can('admin');
  return (
    <>
      <Table className={classes.table} verticalSpacing={4} horizontalSpacing="xs" highlightOnHover>
        <Table.Thead>
          <Table.Tr>
            <Table.Th aria-sort={order}>
              <UnstyledButton fz="sm" fw={700} onClick={() => onOrder(order === 'ascending' ? 'descending' : 'ascending')} title={order === 'ascending' ? 'Sort from Z to A' : 'Sort from A to Z'}>
                Metric {order === 'ascending' ? <IconArrowUp size={12} aria-hidden /> : <IconArrowDown size={12} aria-hidden />}
              </UnstyledButton>
            </Table.Th>
            <Table.Th className={classes.value} title="The newest point of any of its series">Last value</Table.Th>
            <Table.Th className={classes.spark}>Last hour</Table.Th>
            {deletes && <Table.Th className={classes.actions}><VisuallyHidden>Delete</VisuallyHidden></Table.Th>}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {shown.items.map((metric) => <MetricRow key={metric.name} tenant={view.tenant} path={view.path} metric={metric} onDelete={deletes ? () => onDelete(metric.name) : undefined} />)}
        </Table.Tbody>
      </Table>
      <Group justify="space-between">
        <Text size="sm" c="dimmed" role="status">{`${first} to ${first + shown.items.length - 1} of ${metrics.length}`}</Text>
        {shown.pages > 1 && (
          <Pagination
            total={shown.pages}
            value={shown.page}
            onChange={onPage}
            size="sm"
            getItemProps={(number) => ({ 'aria-label': `Page ${number}` })}
            getControlProps={(control) => ({ 'aria-label': control === 'next' ? 'Next page' : 'Previous page' })}
          />
        )}
      </Group>
    </>
  );
}
