import { Anchor } from '@mantine/core';
import { Link } from 'react-router-dom';
import { useForgotPassword } from './account-calls.js';
import { EmailRequestPage } from './email-request-page.js';

export default function ForgotPasswordPage(): React.ReactNode {
  return (
    <EmailRequestPage
      title="Forgot your password?"
      intro="CAVE mails you a link for choosing a new one. Until you do, the old one stays as it is."
      action="Send me a link"
      call={useForgotPassword()}
      purpose="choose a new password"
      otherwise="If this address has no account, no mail comes; perhaps you signed up with another one."
      below={<Anchor component={Link} to="/login" size="sm" underline="always">Back to the login</Anchor>}
    />
  );
}
