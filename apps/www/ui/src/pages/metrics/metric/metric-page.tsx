import { Anchor } from '@mantine/core';
import { Link, useLocation } from 'react-router-dom';
import { ApiError } from '../../../api/api-error.js';
import { CopyButton } from '../../../parts/copy-button.js';
import { FailureState } from '../../../parts/failure-state.js';
import { Page } from '../../../parts/page.js';
import { useTenant } from '../../../shell/tenant-scope.js';
import { MetricDetails } from './metric-details.js';
import { metricOfPath } from '../metric-path.js';
import { NoRole } from '../no-role.js';

export default function MetricPage(): React.ReactNode {
  const { pathname, search } = useLocation();
  const inView = useTenant();
  const { title, path } = inView;
  const metric = metricOfPath(pathname);
  if (metric === undefined) {
    return <Page title="Metric"><FailureState error={new ApiError('not_found', 'The address holds a "%" that is not followed by two hexadecimal digits. Choose the metric from the list.', 'unknown_metric')} /></Page>;
  }
  return (
    <Page
      title={metric}
      subtitle={<>{title} · <Anchor component={Link} to={`${path}/metrics`} size="sm">all metrics</Anchor></>}
      actions={<CopyButton value={`${window.location.origin}${pathname}${search}`} label="Copy link" />}
    >
      {inView.can('viewer') ? <MetricDetails key={`${path} ${metric}`} metric={metric} /> : <NoRole title={title} />}
    </Page>
  );
}
