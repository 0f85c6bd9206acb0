import { notifications } from '@mantine/notifications';
import { ConfirmDialog } from '../../parts/confirm-dialog.js';
import { useTenant } from '../../shell/tenant-scope.js';
import { useRemoveMember, type Member } from './member-queries.js';
import { useKept } from './use-kept.js';

interface RemoveMemberDialogProps {
  /** Who goes; null: nothing is asked. */
  readonly member: Member | null;
  readonly onClose: () => void;
}

/** Names the person before they lose their access. They can be added again, so that nothing has to be typed. */
export function RemoveMemberDialog({ member, onClose }: RemoveMemberDialogProps): React.ReactNode {
  const { tenant, title } = useTenant();
  const remove = useRemoveMember(tenant);
  const user = useKept(member)?.user;
  if (user === undefined) return null;
  const close = (): void => {
    remove.reset();
    onClose();
  };
  return (
    <ConfirmDialog
      opened={member !== null}
      onClose={close}
      title={`Remove ${user.first_name} ${user.last_name}?`}
      consequence={`${user.email} loses all access to ${title} that comes from this membership.`}
      action={`Remove ${user.first_name} ${user.last_name}`}
      pending={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate(user.email, {
        onSuccess: () => {
          notifications.show({ message: `${user.email} is no member of ${title} any more.` });
          close();
        },
      })}
    />
  );
}
