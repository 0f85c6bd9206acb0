import { Switch } from '@mantine/core';
import { useTenant } from '../../shell/tenant-scope.js';
import type { Alert } from './alert.js';
import { useSetEnabled } from './alert-changes.js';

/** Turns an alert on and off in place. Never disabled itself, so that it keeps the focus while the change is on its way. */
export function EnabledSwitch({ alert }: { readonly alert: Pick<Alert, 'id' | 'description' | 'enabled'> }): React.ReactNode {
  const change = useSetEnabled(useTenant().tenant, alert.id);
  return (
    <Switch
      size="sm"
      checked={alert.enabled}
      onChange={(event) => change.mutate({ description: alert.description, enabled: event.currentTarget.checked })}
      aria-label={`Enabled: ${alert.description}`}
    />
  );
}
