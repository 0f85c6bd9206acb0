import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useNavigate } from 'react-router-dom';

/**
 * Asks before what was typed is lost: when a link of this site is followed, by a dialog; when the
 * page is closed, reloaded or left for another site, by the browser. The router's own blocker
 * needs a data router, which the client does not have otherwise. What it would do more is to ask
 * at the browser's back button too.
 */
export function UnsavedEdits({ when }: { readonly when: boolean }): React.ReactNode {
  const navigate = useNavigate();
  const [target, setTarget] = useState<string | null>(null);
  useEffect(() => {
    if (!when) return undefined;
    const onClick = (event: MouseEvent): void => {
      const to = targetOf(event);
      if (to === null) return;
      event.preventDefault();
      event.stopPropagation();
      setTarget(to);
    };
    const onUnload = (event: BeforeUnloadEvent): void => event.preventDefault();
    // In the capturing phase, before the router's links act.
    document.addEventListener('click', onClick, { capture: true });
    window.addEventListener('beforeunload', onUnload);
    return () => {
      document.removeEventListener('click', onClick, { capture: true });
      window.removeEventListener('beforeunload', onUnload);
    };
  }, [when]);
  const stay = (): void => setTarget(null);
  return (
    <Modal opened={target !== null} onClose={stay} title="Leave without saving?" centered>
      <Stack>
        <Text size="sm">What you changed on this page is not saved yet.</Text>
        <Group justify="flex-end">
          <Button variant="default" onClick={stay} data-autofocus>Stay here</Button>
          <Button color="red" onClick={() => void (target !== null && navigate(target))}>Leave without saving</Button>
        </Group>
      </Stack>
    </Modal>
  );
}

/** Where a click leads to on this site, in this tab; null: nowhere, or not away from the page. */
function targetOf(event: MouseEvent): string | null {
  if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return null;
  const link = event.target instanceof Element ? event.target.closest<HTMLAnchorElement>('a[href]') : null;
  if (link === null || (link.target !== '' && link.target !== '_self') || link.origin !== window.location.origin) return null;
  const { pathname, search } = window.location;
  return link.pathname === pathname && link.search === search ? null : link.pathname + link.search + link.hash;
}
