import { Page } from '../../parts/page.js';

export default function MembersPage(): React.ReactNode {
  return <Page title="MembersPage">{null}</Page>;
}
