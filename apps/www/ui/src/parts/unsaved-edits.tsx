import { useCallback, useRef } from 'react';
import { useBeforeUnload, useBlocker } from 'react-router-dom';
import { ConfirmDialog } from './confirm-dialog.js';

export interface UnsavedEdits {
  /** The dialog that asks; to be rendered with the page. */
  readonly dialog: React.ReactNode;
  /** All is saved: the page may be left from here on, also before it is rendered again. */
  readonly release: () => void;
}

/**
 * Keeps a page with edits that are not saved from being left by accident: by a link or the back
 * button, about which a dialog asks, or by closing the tab, about which the browser asks itself.
 */
export function useUnsavedEdits(dirty: boolean): UnsavedEdits {
  const released = useRef(false);
  const blocker = useBlocker(({ currentLocation, nextLocation }) => {
    const leaves = currentLocation.pathname !== nextLocation.pathname || currentLocation.search !== nextLocation.search;
    return dirty && leaves && !released.current;
  });
  useBeforeUnload(useCallback((event: BeforeUnloadEvent) => {
    if (dirty && !released.current) event.preventDefault();
  }, [dirty]));
  const release = useCallback(() => {
    released.current = true;
  }, []);
  const dialog = (
    <ConfirmDialog
      opened={blocker.state === 'blocked'}
      onClose={() => blocker.reset?.()}
      title="Leave without saving?"
      consequence="What you changed on this page has not been saved."
      action="Leave without saving"
      cancel="Stay here"
      pending={false}
      error={null}
      onConfirm={() => blocker.proceed?.()}
    />
  );
  return { dialog, release };
}
