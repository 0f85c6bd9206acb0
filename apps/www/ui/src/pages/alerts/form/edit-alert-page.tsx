import { useNavigate, useParams, useSearchParams } from 'react-router-dom';
import { Page } from '../../../parts/page.js';
import { QueryView } from '../../../parts/query-view.js';
import { useTenant } from '../../../shell/tenant-scope.js';
import { alertPath } from '../alert.js';
import { AlertForm } from './alert-form.js';
import { useAlert } from '../alert-queries.js';
import { valuesOf } from './form-values.js';
import { NoAlertRights } from '../no-alert-rights.js';

export default function EditAlertPage(): React.ReactNode {
  const { id = '' } = useParams();
  const { can, title } = useTenant();
  return (
    <Page title="Edit alert" subtitle={title}>
      {can('member') ? <EditForm key={id} id={id} /> : <NoAlertRights title={title} />}
    </Page>
  );
}

/** `?condition=` is a correction that was offered: it is in the form, and not saved. */
function EditForm({ id }: { readonly id: string }): React.ReactNode {
  const { tenant, path } = useTenant();
  const navigate = useNavigate();
  const [search] = useSearchParams();
  const alert = useAlert(tenant, id);
  const page = alertPath(path, id);
  return (
    <QueryView query={alert} loading="Loading the alert">
      {(shown) => {
        const saved = valuesOf(shown);
        return <AlertForm id={id} saved={saved} start={{ ...saved, condition: search.get('condition') ?? saved.condition }} action="Save the alert" cancelTo={page} onSaved={() => void navigate(page)} />;
      }}
    </QueryView>
  );
}
