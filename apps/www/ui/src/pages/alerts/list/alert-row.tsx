import { ActionIcon, Anchor, Group, Menu, Table } from '@mantine/core';
import { IconCopy, IconDots, IconPencil, IconTrash } from '@tabler/icons-react';
import { Link } from 'react-router-dom';
import { ConditionText } from '../../../condition/index.js';
import { TimeText } from '../../../parts/time-text.js';
import { useTenant } from '../../../shell/tenant-scope.js';
import { alertPath, type Alert } from '../alert.js';
import { HealthText, StateText } from '../alert-state.js';
import classes from '../alerts.module.css';
import { EnabledSwitch } from '../enabled-switch.js';
import { periodWords } from '../period-words.js';

interface AlertRowProps {
  readonly alert: Alert;
  readonly onDelete: (alert: Alert) => void;
}

export function AlertRow({ alert, onDelete }: AlertRowProps): React.ReactNode {
  const { path } = useTenant();
  const { status } = alert;
  // The roles are said, since a phone's layout takes them from the elements.
  return (
    <Table.Tr role="row" data-testid="alert">
      <Table.Td role="cell"><StateText alert={alert} /></Table.Td>
      <Table.Td role="cell" className={`${classes['text']} ${classes['wide']}`}>
        <Anchor component={Link} to={alertPath(path, alert.id)} fw={600}>{alert.description}</Anchor>
        <div><ConditionText text={alert.condition} /></div>
      </Table.Td>
      <Table.Td role="cell"><Label text="Since" />{status.since === null ? 'Never changed' : <TimeText iso={status.since} form="relative" />}</Table.Td>
      <Table.Td role="cell"><Label text="Health" /><HealthText alert={alert} /></Table.Td>
      <Table.Td role="cell"><Label text="Checked" />{periodWords(alert.period)}</Table.Td>
      <Table.Td role="cell">
        <Group gap="xs" wrap="nowrap"><Label text="Enabled" /><EnabledSwitch alert={alert} /></Group>
      </Table.Td>
      <Table.Td role="cell" className={classes['corner'] ?? ''}><RowMenu alert={alert} onDelete={onDelete} /></Table.Td>
    </Table.Tr>
  );
}

/** The heading of the column, where there are no columns. */
function Label({ text }: { readonly text: string }): React.ReactNode {
  return <span className={classes['cellLabel']} aria-hidden>{text}</span>;
}

function RowMenu({ alert, onDelete }: AlertRowProps): React.ReactNode {
  const { path } = useTenant();
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={`More about ${alert.description}`}><IconDots size={18} aria-hidden /></ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item component={Link} to={`${alertPath(path, alert.id)}/edit`} leftSection={<IconPencil size={16} aria-hidden />}>Edit</Menu.Item>
        <Menu.Item component={Link} to={`${path}/alerts/new?from=${encodeURIComponent(alert.id)}`} leftSection={<IconCopy size={16} aria-hidden />}>Duplicate</Menu.Item>
        <Menu.Item onClick={() => onDelete(alert)} leftSection={<IconTrash size={16} aria-hidden />}>Delete …</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
