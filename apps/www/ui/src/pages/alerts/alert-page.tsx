import { Page } from '../../parts/page.js';

export default function AlertPage(): React.ReactNode {
  return <Page title="Alert">{null}</Page>;
}
