import { Button } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { Link } from 'react-router-dom';
import { Page } from '../../../parts/page.js';
import { useTenant } from '../../../shell/tenant-scope.js';
import { AlertList } from './alert-list.js';
import { FiredAnnouncer } from '../fired-announcer.js';
import { NoAlertRights } from '../no-alert-rights.js';

export default function AlertsPage(): React.ReactNode {
  const { can, path, title } = useTenant();
  if (!can('member')) return <Page title="Alerts" subtitle={title}><NoAlertRights title={title} /></Page>;
  return (
    <Page title="Alerts" subtitle={title} actions={<Button component={Link} to={`${path}/alerts/new`} leftSection={<IconPlus size={16} aria-hidden />}>New alert</Button>}>
      <FiredAnnouncer />
      <AlertList />
    </Page>
  );
}
