import { Text } from '@mantine/core';
import { TimeText } from '../../../../parts/time-text.js';
import type { Evaluation } from '../../../../metrics/evaluation-query.js';
import { summarise } from './evaluation-summary.js';
import { isoOf } from '../../../../metrics/time-span.js';

/** What trying a condition showed, in words; the chart shows when. */
export function EvaluationResult({ evaluation: { condition, points, steps }, stale }: { readonly evaluation: Evaluation; /** The field holds another condition by now. */ readonly stale: boolean }): React.ReactNode {
  const { steps: count, held, lastHeld } = summarise(points, steps.minutes);
  return (
    <Text size="sm" role="status" data-state="evaluated">
      {stale && <>The chart shows <code>{condition}</code>: </>}
      {held === 0 && `True in none of ${count} steps.`}
      {held > 0 && <>True in {held} of {count} steps, last at {lastHeld !== null && <TimeText iso={isoOf(lastHeld)} />}.</>}
      {' '}Where there is too little data to tell, it counts as false.
    </Text>
  );
}
