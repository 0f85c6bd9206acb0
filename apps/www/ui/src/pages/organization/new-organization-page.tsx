import { useLocation } from 'react-router-dom';
import { CreatedOrganization } from './created-organization.js';
import { NewOrganizationForm } from './new-organization-form.js';
import { useCreateOrganization } from './organization-queries.js';

export default function NewOrganizationPage(): React.ReactNode {
  // Whoever follows the link to this page again, wants another one.
  const { key } = useLocation();
  return <NewOrganization key={key} />;
}

function NewOrganization(): React.ReactNode {
  const create = useCreateOrganization();
  if (create.data !== undefined) return <CreatedOrganization created={create.data} />;
  return <NewOrganizationForm pending={create.isPending} error={create.error} onCreate={create.mutate} />;
}
