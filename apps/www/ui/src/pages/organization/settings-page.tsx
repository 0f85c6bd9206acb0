import { Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Page } from '../../parts/page.js';
import { QueryView } from '../../parts/query-view.js';
import { useTenant } from '../../shell/tenant-scope.js';
import { ContactForm } from './contact-form.js';
import { DeleteTenant } from './delete-tenant.js';
import { organizationQuery } from './organization-queries.js';
import { RoleNeeded } from './role-needed.js';
import { SigningSecret } from './signing-secret.js';

export default function SettingsPage(): React.ReactNode {
  const { tenant, title, can } = useTenant();
  if (!can('admin')) return <RoleNeeded title="Settings" need="admin" purpose="to see and change the settings" />;
  return (
    <Page title="Settings" subtitle={title}>
      <Stack maw={640} gap="lg">
        {tenant.team === null ? <OfOrganization organization={tenant.organization} /> : <OfTeam />}
      </Stack>
    </Page>
  );
}

function OfOrganization({ organization }: { readonly organization: string }): React.ReactNode {
  const query = useQuery(organizationQuery(organization));
  return (
    <>
      <QueryView query={query} loading="Loading the settings">{(settings) => <ContactForm settings={settings} />}</QueryView>
      {/* After the form, which would push them away from under the mouse. */}
      {query.isFetched && (
        <>
          <SigningSecret organization={organization} />
          <DeleteTenant />
        </>
      )}
    </>
  );
}

function OfTeam(): React.ReactNode {
  return (
    <>
      <Text size="sm">A team has no settings of its own: its notifications go to the notification URL of the organization.</Text>
      <DeleteTenant />
    </>
  );
}
