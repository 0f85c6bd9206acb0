import type { TenantName } from '../../api/client.js';
import { ConfirmDialog } from '../../parts/confirm-dialog.js';
import { useDeleteTenant } from './organization-queries.js';
import { useKept } from './use-kept.js';

interface DeleteTenantDialogProps {
  /** What goes; null: nothing is asked. */
  readonly tenant: TenantName | null;
  readonly onClose: () => void;
}

/** Asks for the name before an organization or a team goes with all of its data. */
export function DeleteTenantDialog({ tenant, onClose }: DeleteTenantDialogProps): React.ReactNode {
  const remove = useDeleteTenant();
  const asked = useKept(tenant);
  if (asked === null) return null;
  const [kind, name] = asked.team === null ? ['organization', asked.organization] : ['team', asked.team];
  const close = (): void => {
    remove.reset();
    onClose();
  };
  return (
    <ConfirmDialog
      opened={tenant !== null}
      onClose={close}
      title={`Delete the ${kind} "${name}"?`}
      consequence="All of its metrics, alerts and their history, tokens and memberships go with it. Nothing of it can be brought back, not even by a new one of the same name. Applications that publish with its tokens are refused."
      action={`Delete the ${kind}`}
      typeToConfirm={name}
      pending={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate(asked, { onSuccess: close })}
    />
  );
}
