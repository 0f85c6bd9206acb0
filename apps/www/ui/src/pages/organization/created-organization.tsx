import { Button, Text } from '@mantine/core';
import { Link } from 'react-router-dom';
import { tenantPath } from '../../api/client.js';
import { Page } from '../../parts/page.js';
import { SecretOnce } from '../../parts/secret-once.js';
import { StartGuide } from '../start/start-guide.js';
import type { NewOrganization } from './organization-queries.js';

/** What an organization's admin sees once: its secrets, and how to begin with them. */
export function CreatedOrganization({ created }: { readonly created: NewOrganization }): React.ReactNode {
  const tenant = { organization: created.name, team: null };
  return (
    <Page title={`The organization "${created.name}" is there`} actions={<Button component={Link} to={tenantPath(tenant)} variant="default">Go to its overview</Button>}>
      {created.tokens.map(({ id, description, value }) => (
        <SecretOnce key={id} title={`Token "${description}", for publishing metrics`} secret={value}>
          <Text size="sm">Applications publish with it, for this organization and its teams. It opens nothing else.</Text>
        </SecretOnce>
      ))}
      <SecretOnce title="Signing secret, for checking notifications" secret={created.signing_secret}>
        <Text size="sm">Give it to whatever stands behind the notification URL. The settings say how to check a signature with it, and replace it.</Text>
      </SecretOnce>
      <StartGuide tenant={tenant} token={created.tokens[0]?.value ?? null} managesTokens />
    </Page>
  );
}
