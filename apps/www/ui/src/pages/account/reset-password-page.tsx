import { Page } from '../../parts/page.js';

export default function ResetPasswordPage(): React.ReactNode {
  return <Page title="Choose a new password">{null}</Page>;
}
