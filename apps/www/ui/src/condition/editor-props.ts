import type { Known } from './complete.js';
import type { Range } from './diagnose.js';

/** A place to underline, in UTF-16 units. */
export interface Underline extends Range {
  readonly severity: 'error' | 'warning';
}

/** What the field gives to whichever form of input is there: the editor, or a textarea until it has come. */
export interface InputProps {
  readonly id: string;
  readonly labelId: string;
  /** Ids of the messages below, parted by blanks; undefined when there are none. */
  readonly describedBy: string | undefined;
  readonly invalid: boolean;
  readonly required: boolean;
  readonly disabled: boolean;
  readonly placeholder: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly onSubmit: () => void;
  readonly onLeave: () => void;
  /** Where the cursor stood when one form gave way to the other while it had the focus; else null. */
  readonly handover: { current: number | null };
}

export interface ConditionEditorProps extends InputProps, Known {
  /** What to underline in a text; a new function when something else than the text has changed. */
  readonly underlinesOf: (text: string) => readonly Underline[];
  /** Called with what `loadTagValues` rejected with, and with null once it answers again. */
  readonly onTagValuesProblem: (problem: unknown) => void;
  readonly nonce: string | undefined;
}
