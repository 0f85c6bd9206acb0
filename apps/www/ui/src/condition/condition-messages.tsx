import { Button } from '@mantine/core';
import type { Offer } from './diagnose.js';

interface Props {
  /** The elements' ids begin with it. */
  readonly id: string;
  readonly error: string | null;
  readonly offers: readonly Offer[];
  /** Undefined where nothing can be changed. */
  readonly onTake: ((offer: Offer) => void) | undefined;
  readonly notes: readonly string[];
  /** What the condition means, or what would come next. */
  readonly help: string | null;
}

/** What `aria-describedby` names, in the order in which it is worth hearing. */
export function messageIds({ id, error, offers, notes, help }: Props): string | undefined {
  const ids = [error !== null && `${id}-error`, offers.length > 0 && `${id}-offers`, notes.length > 0 && `${id}-notes`, help !== null && `${id}-help`];
  return ids.filter((one) => one !== false).join(' ') || undefined;
}

/** What there is to say below the field, always in sight. */
export function ConditionMessages({ id, error, offers, onTake, notes, help }: Props) {
  return (
    <>
      {/* Always there, since screen readers announce changes of a live region, not a new one. */}
      <div aria-live="polite">
        {error !== null && (
          <p id={`${id}-error`} className="cave-condition-message cave-condition-message-error">
            {error}
          </p>
        )}
      </div>
      {offers.length > 0 && (
        <div id={`${id}-offers`}>
          {offers.map((offer) => (
            <p key={offer.from} className="cave-condition-message cave-condition-offer">
              <span>{offer.message}</span>
              {onTake !== undefined && (
                <Button size="compact-sm" variant="default" onClick={() => onTake(offer)}>
                  Use {offer.suggestion}
                </Button>
              )}
            </p>
          ))}
        </div>
      )}
      {notes.length > 0 && (
        <div id={`${id}-notes`}>
          {notes.map((note) => (
            <p key={note} className="cave-condition-message cave-condition-message-help">
              {note}
            </p>
          ))}
        </div>
      )}
      {help !== null && (
        <p id={`${id}-help`} className="cave-condition-message cave-condition-message-help">
          {help}
        </p>
      )}
    </>
  );
}
