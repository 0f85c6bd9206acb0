import { Anchor, Text } from '@mantine/core';
import { Link } from 'react-router-dom';
import { useRegister } from './account-calls.js';
import { EmailRequestPage } from './email-request-page.js';

export default function RegisterPage(): React.ReactNode {
  return (
    <EmailRequestPage
      title="Sign up"
      intro="CAVE mails you a link, with which you choose your name and password. Invited? Use the address that the invitation came to."
      action="Sign up"
      call={useRegister()}
      purpose="choose your name and password"
      otherwise="If this address has an account already, the mail says so instead; log in then."
      below={<Text size="sm">Signed up already? <Anchor component={Link} to="/login" size="sm" underline="always">Log in</Anchor></Text>}
    />
  );
}
