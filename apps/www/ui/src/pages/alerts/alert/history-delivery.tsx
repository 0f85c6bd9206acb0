import { Code, Text } from '@mantine/core';
import { TimeText } from '../../../parts/time-text.js';
import type { Delivery } from '../alert.js';
import classes from '../alerts.module.css';
import { attemptWords, deliveryWords, receiverWords } from './event-words.js';

type Attempt = Delivery['attempts'][number];

/** Who was told of an event, the last attempt to do so and what the receiver answered; the attempts before it where one asks for them. */
export function HistoryDelivery({ delivery: { receiver, status, attempts } }: { readonly delivery: Delivery }): React.ReactNode {
  const last = attempts.at(-1);
  const earlier = attempts.slice(0, -1);
  return (
    <div data-testid="delivery" data-status={status}>
      <Text size="sm"><strong>{deliveryWords(status)}</strong>: {receiverWords(receiver)}</Text>
      {last !== undefined && <AttemptMade attempt={last} />}
      {earlier.length > 0 && (
        <details>
          <Text component="summary" size="sm">{earlier.length === 1 ? 'One attempt before' : `${earlier.length} attempts before`}</Text>
          <ol className={classes['attempts']}>
            {earlier.map((attempt) => <li key={attempt.at}><AttemptMade attempt={attempt} /></li>)}
          </ol>
        </details>
      )}
    </div>
  );
}

function AttemptMade({ attempt }: { readonly attempt: Attempt }): React.ReactNode {
  return (
    <>
      <Text size="sm" component="span">{attemptWords(attempt)}, <TimeText iso={attempt.at} /></Text>
      {attempt.answer !== '' && <Code block className={classes['answer']} tabIndex={0} role="region" aria-label="Answer of the receiver">{attempt.answer}</Code>}
    </>
  );
}
