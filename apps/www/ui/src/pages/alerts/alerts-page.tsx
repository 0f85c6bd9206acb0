import { Page } from '../../parts/page.js';

export default function AlertsPage(): React.ReactNode {
  return <Page title="Alerts">{null}</Page>;
}
