import { Page } from '../../parts/page.js';

export default function RegisterPage(): React.ReactNode {
  return <Page title="Sign up">{null}</Page>;
}
