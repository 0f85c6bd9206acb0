import { notifications } from '@mantine/notifications';
import { ConfirmDialog } from '../../../parts/confirm-dialog.js';
import type { TenantName } from '../../../api/client.js';
import { useDeleteMetric } from '../../../metrics/metric-names.js';

interface DeleteMetricDialogProps {
  readonly tenant: TenantName;
  /** Null: nothing is to be deleted, and the dialog is closed. */
  readonly metric: string | null;
  readonly onClose: () => void;
}

export function DeleteMetricDialog({ tenant, metric, onClose }: DeleteMetricDialogProps): React.ReactNode {
  const remove = useDeleteMetric(tenant);
  const close = (): void => {
    remove.reset();
    onClose();
  };
  return (
    <ConfirmDialog
      opened={metric !== null}
      onClose={close}
      title={`Delete the metric "${metric ?? ''}"?`}
      consequence="All its series and all their points are deleted for good. Alerts that read it find no data. It comes back, empty, when somebody publishes to it again."
      action="Delete the metric"
      typeToConfirm={metric ?? ''}
      pending={remove.isPending}
      error={remove.error}
      onConfirm={() => {
        if (metric === null) return;
        remove.mutate(metric, {
          onSuccess: () => {
            notifications.show({ message: `The metric "${metric}" is deleted.` });
            close();
          },
        });
      }}
    />
  );
}
