import { Page } from '../../parts/page.js';

export default function OverviewPage(): React.ReactNode {
  return <Page title="OverviewPage">{null}</Page>;
}
