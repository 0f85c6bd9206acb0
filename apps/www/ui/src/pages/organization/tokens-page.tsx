import { Page } from '../../parts/page.js';

export default function TokensPage(): React.ReactNode {
  return <Page title="TokensPage">{null}</Page>;
}
