import { Page } from '../../parts/page.js';

export default function SettingsPage(): React.ReactNode {
  return <Page title="SettingsPage">{null}</Page>;
}
