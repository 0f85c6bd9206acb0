import { Page } from '../../parts/page.js';

export default function ProfilePage(): React.ReactNode {
  return <Page title="Profile">{null}</Page>;
}
