import { Page } from '../../parts/page.js';

export default function TeamsPage(): React.ReactNode {
  return <Page title="TeamsPage">{null}</Page>;
}
