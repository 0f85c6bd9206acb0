import { VisuallyHidden } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { useTenant } from '../../shell/tenant-scope.js';
import type { Alert } from './alert.js';
import { useFiringAlerts } from './alert-queries.js';
import { firedWords, newlyFired } from './newly-fired.js';

/** Tells screen readers what has begun to fire while the page was open, also when the list does not show it. */
export function FiredAnnouncer(): React.ReactNode {
  const { data } = useFiringAlerts(useTenant().tenant);
  const before = useRef<readonly Alert[] | null>(null);
  const [words, setWords] = useState('');
  useEffect(() => {
    if (data === undefined) return;
    const fired = newlyFired(before.current, data.alerts);
    before.current = data.alerts;
    if (fired.length > 0) setWords(firedWords(fired));
  }, [data]);
  // Always there, since screen readers announce changes of a live region, not a new one.
  return <VisuallyHidden role="status" aria-live="polite" data-testid="fired">{words}</VisuallyHidden>;
}
