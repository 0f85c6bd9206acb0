import { Anchor, Text } from '@mantine/core';
import { Link } from 'react-router-dom';
import { Page } from '../parts/page.js';

export default function NotFoundPage(): React.ReactNode {
  return (
    <Page title="There is nothing here">
      <Text>The address leads nowhere. <Anchor component={Link} to="/" underline="always">Go home</Anchor>.</Text>
    </Page>
  );
}
