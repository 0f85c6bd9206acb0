import { ConfirmDialog } from './confirm-dialog.js';
import type { LeaveGuard } from './use-leave-guard.js';

/** Asks whoever is about to leave a page with edits that are not saved. */
export function LeaveDialog({ guard: { asked, stay, leave } }: { readonly guard: LeaveGuard }): React.ReactNode {
  return <ConfirmDialog opened={asked} onClose={stay} title="Leave without saving?" consequence="What you changed on this page has not been saved." action="Leave without saving" pending={false} error={null} onConfirm={leave} />;
}
