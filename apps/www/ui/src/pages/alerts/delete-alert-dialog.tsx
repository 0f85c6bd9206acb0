import { useState } from 'react';
import { ConfirmDialog } from '../../parts/confirm-dialog.js';
import { useTenant } from '../../shell/tenant-scope.js';
import { confirmationOf, type Alert } from './alert.js';
import { useDeleteAlert } from './alert-changes.js';

interface DeleteAlertDialogProps {
  /** Null: nothing is to be deleted. */
  readonly alert: Alert | null;
  readonly onClose: () => void;
  readonly onDeleted: () => void;
}

/** Asks for the description, or the id of an alert whose description is hard to type, before it goes. */
export function DeleteAlertDialog({ alert, onClose, onDeleted }: DeleteAlertDialogProps): React.ReactNode {
  const remove = useDeleteAlert(useTenant().tenant);
  // The words stay while the dialog fades out.
  const [last, setLast] = useState(alert);
  if (alert !== null && alert !== last) setLast(alert);
  if (last === null) return null;
  const typed = confirmationOf(last);
  const close = (): void => {
    remove.reset();
    onClose();
  };
  return (
    <ConfirmDialog
      opened={alert !== null}
      onClose={close}
      title={typed === last.id ? `Delete alert ${last.id}?` : `Delete the alert "${last.description}"?`}
      consequence={`Its settings and history go for good.${last.status.state === 'firing' ? ' It is firing: its receivers are told that it is resolved.' : ''}`}
      action="Delete the alert"
      typeToConfirm={typed}
      pending={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate(last.id, { onSuccess: () => { close(); onDeleted(); } })}
    />
  );
}
