import { Page } from '../../parts/page.js';

export default function StatusPage(): React.ReactNode {
  return <Page title="Status">{null}</Page>;
}
