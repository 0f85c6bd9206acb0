import { useCallback, useEffect, useRef, useState } from 'react';
import { useNavigate } from 'react-router-dom';
import { holdBackButton } from './back-button.js';

export interface LeaveGuard {
  /** Somebody is about to leave; ask them. */
  readonly asked: boolean;
  readonly stay: () => void;
  /** Goes where they wanted to go. */
  readonly leave: () => void;
}

/**
 * Keeps a page with edits that are not saved from being left by accident: by a link, by the back
 * button, or by closing the tab, for which the browser asks itself. Calls of `navigate` pass: the
 * page makes those when all is saved.
 *
 * The router's own blocker works only with its data routers, so this listens in front of it.
 */
export function useLeaveGuard(dirty: boolean): LeaveGuard {
  const navigate = useNavigate();
  const [wanted, setWanted] = useState<(() => void) | null>(null);
  const released = useRef(false);

  useEffect(() => {
    if (!dirty) return;
    released.current = false;
    const onClick = (event: MouseEvent): void => {
      const target = leadsAway(event);
      if (target === null || released.current) return;
      event.preventDefault();
      event.stopPropagation();
      setWanted(() => () => void navigate(target));
    };
    const here = indexOf(history.state);
    let returning = false;
    const letBackButtonGo = holdBackButton((event) => {
      if (returning) {
        returning = false;
        return true;
      }
      const there = indexOf(event.state);
      if (released.current || here === null || there === null || here === there) return false;
      // The address has changed already: it is changed back.
      returning = true;
      history.go(here - there);
      setWanted(() => () => history.go(there - here));
      return true;
    });
    const onUnload = (event: BeforeUnloadEvent): void => event.preventDefault();
    document.addEventListener('click', onClick, { capture: true });
    window.addEventListener('beforeunload', onUnload);
    return () => {
      document.removeEventListener('click', onClick, { capture: true });
      letBackButtonGo();
      window.removeEventListener('beforeunload', onUnload);
    };
  }, [dirty, navigate]);

  const stay = useCallback(() => setWanted(null), []);
  const leave = useCallback(() => {
    released.current = true;
    setWanted(null);
    wanted?.();
  }, [wanted]);
  return { asked: wanted !== null, stay, leave };
}

/** Where a plain click on a link of this site leads; null for any other click and for a place on this page. */
function leadsAway(event: MouseEvent): string | null {
  if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return null;
  const link = event.target instanceof Element ? event.target.closest('a[href]') : null;
  if (!(link instanceof HTMLAnchorElement) || link.target === '_blank' || link.origin !== location.origin) return null;
  return link.pathname === location.pathname && link.search === location.search ? null : `${link.pathname}${link.search}${link.hash}`;
}

/** The router numbers the entries of the browser's history. */
function indexOf(state: unknown): number | null {
  const index = typeof state === 'object' && state !== null ? (state as { readonly idx?: unknown }).idx : undefined;
  return typeof index === 'number' ? index : null;
}
