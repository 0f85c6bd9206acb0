import { Anchor, Button, Text } from '@mantine/core';
import { Link } from 'react-router-dom';
import { EmptyState } from '../../../parts/empty-state.js';
import { useTenant } from '../../../shell/tenant-scope.js';

interface NoSuchSeriesProps {
  readonly metric: string;
  readonly filtered: boolean;
  readonly onUnfilter: () => void;
}

/** In the place of the chart: nothing was ever published under the name, or under it with these tags. */
export function NoSuchSeries({ metric, filtered, onUnfilter }: NoSuchSeriesProps): React.ReactNode {
  const { path } = useTenant();
  if (filtered) {
    return <EmptyState title={`No series of "${metric}" has these tags`}><Button variant="default" onClick={onUnfilter}>Remove the filters</Button></EmptyState>;
  }
  return (
    <EmptyState title={`There is no metric "${metric}"`}>
      <Text size="sm">It has been deleted, or nothing was published under this name yet. <Anchor component={Link} to={`${path}/metrics`} size="sm">See all metrics.</Anchor></Text>
    </EmptyState>
  );
}
