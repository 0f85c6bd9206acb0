import { useNavigate, useSearchParams } from 'react-router-dom';
import { Page } from '../../../parts/page.js';
import { QueryView } from '../../../parts/query-view.js';
import { useTenant } from '../../../shell/tenant-scope.js';
import { alertPath, type Alert } from '../alert.js';
import { AlertForm } from './alert-form.js';
import { useAlert } from '../alert-queries.js';
import { EMPTY_FORM, valuesOf, type AlertFormValues } from './form-values.js';
import { NoAlertRights } from '../no-alert-rights.js';

/** Empty, or begun by `?condition=` and `?description=`, or a copy of the alert that `?from=` names. */
export default function NewAlertPage(): React.ReactNode {
  const { can, title } = useTenant();
  const [search] = useSearchParams();
  const from = search.get('from');
  return (
    <Page title="New alert" subtitle={title}>
      {!can('member') ? <NoAlertRights title={title} /> : from !== null ? <Copy key={from} from={from} /> : <NewForm start={{ ...EMPTY_FORM, condition: search.get('condition') ?? '', description: search.get('description') ?? '' }} />}
    </Page>
  );
}

function Copy({ from }: { readonly from: string }): React.ReactNode {
  const original = useAlert(useTenant().tenant, from);
  return (
    <QueryView query={original} loading="Loading the alert to copy">
      {(alert) => <NewForm start={{ ...valuesOf(alert), description: `Copy of ${alert.description}` }} />}
    </QueryView>
  );
}

function NewForm({ start }: { readonly start: AlertFormValues }): React.ReactNode {
  const { path } = useTenant();
  const navigate = useNavigate();
  return <AlertForm id={null} saved={start} start={start} action="Create the alert" cancelTo={`${path}/alerts`} onSaved={(alert: Alert) => void navigate(alertPath(path, alert.id))} />;
}
