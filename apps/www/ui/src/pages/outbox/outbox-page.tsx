import { Page } from '../../parts/page.js';

export default function OutboxPage(): React.ReactNode {
  return <Page title="Mail outbox">{null}</Page>;
}
