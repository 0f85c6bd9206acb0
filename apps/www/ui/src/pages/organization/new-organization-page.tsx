import { Page } from '../../parts/page.js';

export default function NewOrganizationPage(): React.ReactNode {
  return <Page title="NewOrganizationPage">{null}</Page>;
}
