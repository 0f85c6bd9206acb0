import { Page } from '../../parts/page.js';

export default function MetricPage(): React.ReactNode {
  return <Page title="Metric">{null}</Page>;
}
