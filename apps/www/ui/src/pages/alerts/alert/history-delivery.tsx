import { Code, Text } from '@mantine/core';
import { TimeText } from '../../../parts/time-text.js';
import type { Delivery } from '../alert.js';
import classes from '../alerts.module.css';
import { attemptWords, deliveryWords, receiverWords } from './event-words.js';

/** Who was told of an event, each attempt to do so, and what the receiver answered. */
export function HistoryDelivery({ delivery: { receiver, status, attempts } }: { readonly delivery: Delivery }): React.ReactNode {
  return (
    <div data-testid="delivery" data-status={status}>
      <Text size="sm"><strong>{deliveryWords(status)}</strong>: {receiverWords(receiver)}</Text>
      {attempts.length > 0 && (
        <ol className={classes['attempts']}>
          {attempts.map((attempt) => (
            <li key={attempt.at}>
              <Text size="sm" component="span">{attemptWords(attempt)}, <TimeText iso={attempt.at} /></Text>
              {attempt.answer !== '' && <Code block className={classes['answer']} tabIndex={0} role="region" aria-label="Answer of the receiver">{attempt.answer}</Code>}
            </li>
          ))}
        </ol>
      )}
    </div>
  );
}
