import { Page } from '../../parts/page.js';

export default function ConfirmPage(): React.ReactNode {
  return <Page title="Confirm">{null}</Page>;
}
