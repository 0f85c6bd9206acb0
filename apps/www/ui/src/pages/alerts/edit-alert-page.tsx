import { Page } from '../../parts/page.js';

export default function EditAlertPage(): React.ReactNode {
  return <Page title="Edit alert">{null}</Page>;
}
