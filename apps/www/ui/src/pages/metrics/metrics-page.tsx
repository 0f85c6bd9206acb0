import { Page } from '../../parts/page.js';

export default function MetricsPage(): React.ReactNode {
  return <Page title="Metrics">{null}</Page>;
}
