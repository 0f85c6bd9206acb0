import { Page } from '../../parts/page.js';

export default function ForgotPasswordPage(): React.ReactNode {
  return <Page title="Forgot your password?">{null}</Page>;
}
