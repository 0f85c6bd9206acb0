import { Button, Paper } from '@mantine/core';
import { IconCopy, IconPencil, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import { Link, useNavigate, useParams } from 'react-router-dom';
import { Page } from '../../../parts/page.js';
import { QueryView } from '../../../parts/query-view.js';
import { useNow } from '../../../parts/use-now.js';
import { useTenant } from '../../../shell/tenant-scope.js';
import { alertPath, type Alert } from '../alert.js';
import { AlertCharts } from './alert-charts.js';
import { AlertFacts } from './alert-facts.js';
import { AlertHistory } from './alert-history.js';
import { REFRESH_MS, useAlert } from '../alert-queries.js';
import { AlertWarnings } from './alert-warnings.js';
import { DeleteAlertDialog } from '../delete-alert-dialog.js';
import { FiredAnnouncer } from '../fired-announcer.js';
import { NoAlertRights } from '../no-alert-rights.js';

export default function AlertPage(): React.ReactNode {
  const { id = '' } = useParams();
  const { can, title } = useTenant();
  if (!can('member')) return <Page title="Alert" subtitle={title}><NoAlertRights title={title} /></Page>;
  return <OneAlert key={id} id={id} />;
}

function OneAlert({ id }: { readonly id: string }): React.ReactNode {
  const { tenant, title } = useTenant();
  const alert = useAlert(tenant, id);
  // "3 minutes ago" grows old, also where nothing else changes.
  useNow(REFRESH_MS);
  return (
    <Page title={alert.data?.description ?? 'Alert'} subtitle={`Alert of ${title}`} actions={alert.data !== undefined && <Actions alert={alert.data} />}>
      <FiredAnnouncer />
      <QueryView query={alert} loading="Loading the alert">
        {(shown) => (
          <>
            <AlertWarnings alert={shown} />
            <Paper withBorder p="md"><AlertFacts alert={shown} /></Paper>
            <AlertCharts alert={shown} />
            <AlertHistory id={id} />
          </>
        )}
      </QueryView>
    </Page>
  );
}

function Actions({ alert }: { readonly alert: Alert }): React.ReactNode {
  const { path } = useTenant();
  const navigate = useNavigate();
  const [deleting, setDeleting] = useState(false);
  return (
    <>
      <Button component={Link} to={`${alertPath(path, alert.id)}/edit`} variant="default" leftSection={<IconPencil size={16} aria-hidden />}>Edit</Button>
      <Button component={Link} to={`${path}/alerts/new?from=${encodeURIComponent(alert.id)}`} variant="default" leftSection={<IconCopy size={16} aria-hidden />}>Duplicate</Button>
      <Button variant="default" onClick={() => setDeleting(true)} leftSection={<IconTrash size={16} aria-hidden />}>Delete …</Button>
      <DeleteAlertDialog alert={deleting ? alert : null} onClose={() => setDeleting(false)} onDeleted={() => void navigate(`${path}/alerts`)} />
    </>
  );
}
