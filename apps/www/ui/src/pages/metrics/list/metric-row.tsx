import { ActionIcon, Anchor, Skeleton, Stack, Table, Text } from '@mantine/core';
import { useInViewport } from '@mantine/hooks';
import { IconTrash } from '@tabler/icons-react';
import { Link } from 'react-router-dom';
import type { TenantName } from '../../../api/client.js';
import { formatValue, Sparkline } from '../../../chart/index.js';
import { TimeText } from '../../../parts/time-text.js';
import { SPARK_WINDOW_MINUTES, useLastHour } from './last-hour-query.js';
import { metricPath } from '../metric-path.js';
import type { MetricName } from '../../../metrics/metric-search.js';
import classes from '../metrics.module.css';

const SPARK_WIDTH = 96;

interface MetricRowProps {
  readonly tenant: TenantName;
  /** Where the tenant's pages are. */
  readonly path: string;
  readonly metric: MetricName;
  /** Undefined for those who may not. */
  readonly onDelete: (() => void) | undefined;
}

/** One metric of the list. It asks for values only while it is in view, and drops the question when it is not. */
export function MetricRow({ tenant, path, metric: { name, tags }, onDelete }: MetricRowProps): React.ReactNode {
  const { ref, inViewport } = useInViewport<HTMLTableRowElement>();
  return (
    <Table.Tr ref={ref} className={classes.row}>
      <Table.Th scope="row" fw={400} className={classes.nameCell}>
        <Anchor component={Link} to={metricPath(path, name)} size="sm">{name}</Anchor>
        {tags.length > 0 && <Text size="xs" c="dimmed" className={classes.name}>{tags.join(', ')}</Text>}
      </Table.Th>
      {inViewport ? <MetricValues tenant={tenant} metric={name} /> : <NoValuesYet asked={false} />}
      {onDelete !== undefined && (
        <Table.Td className={classes.actions}>
          <ActionIcon variant="subtle" color="red" onClick={onDelete} aria-label={`Delete ${name}`} title={`Delete ${name}`}><IconTrash size={16} aria-hidden /></ActionIcon>
        </Table.Td>
      )}
    </Table.Tr>
  );
}

function MetricValues({ tenant, metric }: { readonly tenant: TenantName; readonly metric: string }): React.ReactNode {
  const { data, error } = useLastHour(tenant, metric);
  if (data === undefined && error !== null) {
    return <Table.Td colSpan={2}><Text size="xs" c="dimmed" title={error.message}>Not available now</Text></Table.Td>;
  }
  if (data === undefined) return <NoValuesYet asked />;
  return (
    <>
      <Table.Td className={classes.value}>
        <Stack gap={0}>
          <span>{formatValue(data.last?.value)}</span>
          <Text size="xs" c="dimmed" span>{data.last === null ? 'no points' : <TimeText iso={data.last.time} form="relative" />}</Text>
        </Stack>
      </Table.Td>
      <Table.Td className={classes.spark}>
        {data.points.length > 0
          ? <Sparkline label={`${metric} in the last hour`} points={data.points} windowMinutes={SPARK_WINDOW_MINUTES} width={SPARK_WIDTH} />
          : <Text size="xs" c="dimmed">none in the last hour</Text>}
      </Table.Td>
    </>
  );
}

/** Only what is on its way moves; what nobody sees costs nothing. */
function NoValuesYet({ asked }: { readonly asked: boolean }): React.ReactNode {
  return (
    <>
      <Table.Td className={classes.value}><Skeleton height={12} width={60} animate={asked} aria-hidden /></Table.Td>
      <Table.Td className={classes.spark}><Skeleton height={12} width={SPARK_WIDTH} animate={asked} aria-hidden /></Table.Td>
    </>
  );
}
