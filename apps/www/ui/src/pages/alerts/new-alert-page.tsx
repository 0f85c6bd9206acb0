import { Page } from '../../parts/page.js';

export default function NewAlertPage(): React.ReactNode {
  return <Page title="New alert">{null}</Page>;
}
