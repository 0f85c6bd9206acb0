import { Table } from '@mantine/core';
import type { Alert } from '../alert.js';
import { AlertRow } from './alert-row.js';
import classes from '../alerts.module.css';

interface AlertTableProps {
  readonly alerts: readonly Alert[];
  /** Other alerts have been asked for and are on their way. */
  readonly busy: boolean;
  readonly onDelete: (alert: Alert) => void;
}

export function AlertTable({ alerts, busy, onDelete }: AlertTableProps): React.ReactNode {
  return (
    <Table role="table" aria-label="Alerts" aria-busy={busy} className={classes['table']} verticalSpacing="xs" opacity={busy ? 0.7 : 1}>
      <Table.Thead role="rowgroup">
        <Table.Tr role="row">
          {['State', 'Alert', 'Since', 'Health', 'Checked', 'Enabled', 'Actions'].map((title) => <Table.Th key={title} role="columnheader" scope="col">{title}</Table.Th>)}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody role="rowgroup">
        {alerts.map((alert) => <AlertRow key={alert.id} alert={alert} onDelete={onDelete} />)}
      </Table.Tbody>
    </Table>
  );
}
